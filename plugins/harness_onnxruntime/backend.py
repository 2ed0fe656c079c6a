"""ONNX Runtime with all graph optimisations, on exactly the threads and the provider asked for.

Its threads spin for 50 to 80 ms after an answer (measured with 1.31) and then sleep: that is over
before the next contender is timed, so ONNX Runtime's own default stays; the setting
`allow_spinning` overrides it.
"""

from __future__ import annotations

import contextlib
import io
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from harness import (
    Actual,
    Loaded,
    ModelError,
    Staged,
    UnavailableError,
    UsageError,
    decode,
    gpu,
)
from harness.session import check

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import onnxruntime

    from harness import Artefact, LoadOptions
    from harness.session import Batch, Outputs, Session

GPU, CPU = "onnxruntime-gpu", "onnxruntime"
"""The distributions that bring the same import package; the first runs on CPU as well."""
PROVIDERS = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}
FATAL = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a suite may set."""

    allow_spinning: bool | None = None
    """Whether idle threads spin; ONNX Runtime's own default when not given."""


def distribution() -> str:
    """Return which distribution is installed."""
    try:
        version(GPU)
    except PackageNotFoundError:
        return CPU
    return GPU


def missing_device(device: str) -> str:
    """Return why the device cannot be used, without importing the engine; "" when it can."""
    if device != "cuda":
        return ""
    if not gpu.has_cuda():
        return "no CUDA device"
    if distribution() == CPU:
        return f"{CPU} is the CPU build (pip uninstall {CPU}; pip install 'cnn-harness[{GPU}]')"
    return ""


def load(artefact: Artefact, options: LoadOptions) -> Loaded:
    """Return the model in an inference session on the device asked for."""
    settings = decode.convert(
        options.settings, Settings, "settings of backend 'onnxruntime'", error=UsageError
    )
    check(options, "onnxruntime", PROVIDERS, ("fp32",))
    if reason := missing_device(options.device):
        raise UnavailableError(reason)
    path = artefact.path("onnx")
    session = opened(path, options, settings)
    outputs = [each.name for each in session.get_outputs()]
    name = artefact.manifest.output or outputs[0]
    if name not in outputs:
        message = f"{path} has no output {name!r}; known: {', '.join(outputs)}"
        raise ModelError(message)
    answer: Session
    answer = on_cpu(session, name) if options.device == "cpu" else staged(session, name, "cuda")
    return Loaded(session=answer, actual=actual(session, options))


def opened(path: Path, options: LoadOptions, settings: Settings) -> onnxruntime.InferenceSession:
    """Return the session, with the provider asked for or not at all."""
    import onnxruntime

    chosen = onnxruntime.SessionOptions()
    chosen.intra_op_num_threads = options.threads
    chosen.inter_op_num_threads = 1
    chosen.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    chosen.log_severity_level = FATAL  # what goes wrong is raised, and then told in one line
    if settings.allow_spinning is not None:
        key, value = "session.intra_op.allow_spinning", str(int(settings.allow_spinning))
        chosen.add_session_config_entry(key, value)
    provider: Any = PROVIDERS[options.device]
    if options.device == "cuda":
        onnxruntime.set_default_logger_severity(FATAL)
        if hasattr(onnxruntime, "preload_dlls"):
            with contextlib.redirect_stdout(io.StringIO()):  # `refuse_fallback` says it in one line
                onnxruntime.preload_dlls()
        provider = (provider, {"use_tf32": "0"})
    try:
        session = onnxruntime.InferenceSession(
            str(path), chosen, providers=[provider], enable_fallback=0
        )
    except Exception as reason:
        text = " ".join(str(reason).split())
        message = f"ONNX Runtime {onnxruntime.__version__} cannot load {path}: {text}"
        raise ModelError(message) from reason
    refuse_fallback(session.get_providers(), options.device)
    return session


def refuse_fallback(providers: list[str], device: str) -> None:
    """Raise `UnavailableError` when a session runs elsewhere than it was asked to."""
    if providers[0] != PROVIDERS[device]:
        message = (
            f"ONNX Runtime fell back to {providers[0]}: {PROVIDERS[device]} could not be loaded; "
            "check the driver and that CUDA and cuDNN match the installed onnxruntime-gpu"
        )
        raise UnavailableError(message)


def on_cpu(session: onnxruntime.InferenceSession, output: str) -> Callable[[Batch], Outputs]:
    """Return the session that reads and writes host memory."""
    name = session.get_inputs()[0].name

    def answer(batch: Batch) -> Outputs:
        outputs: Outputs = session.run([output], {name: batch})[0]
        return outputs

    return answer


def staged(session: onnxruntime.InferenceSession, output: str, device: str) -> Staged:
    """Return the session in three steps: inputs and outputs stay on the device in between."""
    import onnxruntime

    name = session.get_inputs()[0].name

    def put(batch: Batch) -> onnxruntime.IOBinding:
        binding = session.io_binding()
        binding.bind_ortvalue_input(name, onnxruntime.OrtValue.ortvalue_from_numpy(batch, device))
        binding.bind_output(output, device)
        binding.synchronize_inputs()
        return binding

    def run(binding: onnxruntime.IOBinding) -> onnxruntime.OrtValue:
        session.run_with_iobinding(binding)
        binding.synchronize_outputs()
        return binding.get_outputs()[0]

    def get(value: onnxruntime.OrtValue) -> Outputs:
        outputs: Outputs = value.numpy()
        return outputs

    return Staged(put=put, run=run, get=get)


def actual(session: onnxruntime.InferenceSession, options: LoadOptions) -> Actual:
    """Return what the session itself says is in use."""
    import onnxruntime

    provider = session.get_providers()[0]
    devices = {value: key for key, value in PROVIDERS.items()}
    return Actual(
        device=devices.get(provider, provider),
        provider=provider,
        precision=options.precision,
        threads=session.get_session_options().intra_op_num_threads,
        versions={"onnxruntime": onnxruntime.__version__},
    )
