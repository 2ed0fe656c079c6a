"""PyTorch in eager mode.

On CUDA float32 stays float32: TF32 is off for matrix products and convolutions. cuDNN picks the
fastest of its convolutions on the first call with each shape (`cudnn.benchmark`), which warm-up
covers.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness import Actual, Loaded, Staged, UnavailableError, UsageError, decode, gpu
from harness.session import check
from harness_torch.build import recipe
from harness_torch.weights import loaded

if TYPE_CHECKING:
    from collections.abc import Callable

    import torch

    from harness import Artefact, LoadOptions
    from harness.session import Batch, Outputs, Session

NO_CUDA = "no CUDA device"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a suite may set: nothing."""


def missing_device(device: str) -> str:
    """Return why the device cannot be used, without importing torch; "" when it can."""
    return NO_CUDA if device == "cuda" and not gpu.has_cuda() else ""


def load(artefact: Artefact, options: LoadOptions) -> Loaded:
    """Return the network on its device, ready to answer."""
    import torch

    decode.convert(options.settings, Settings, "settings of backend 'pytorch'", error=UsageError)
    check(options, "pytorch", ("cpu", "cuda"), ("fp32",))
    torch.set_num_threads(options.threads)
    with contextlib.suppress(RuntimeError):  # only before the first parallel work, and unused here
        torch.set_num_interop_threads(1)
    if options.device == "cuda":
        set_up_cuda()
    form = artefact.manifest.forms["torch"]
    model = loaded(recipe(form.details), artefact.path("torch"))
    session: Session
    if options.device == "cuda":
        model = model.to("cuda")
        session = staged(model, "cuda", torch.cuda.synchronize)
    else:
        session = on_cpu(model)
    on_device = device_memory if options.device == "cuda" else None
    return Loaded(session=session, actual=actual(model), device_memory=on_device)


def on_cpu(model: torch.nn.Module) -> Callable[[Batch], Outputs]:
    """Return the session that shares its memory with torch."""
    import torch

    def session(batch: Batch) -> Outputs:
        with torch.inference_mode():
            outputs: Outputs = model(torch.from_numpy(batch)).numpy()
        return outputs

    return session


def staged(model: torch.nn.Module, device: str, synchronise: Callable[[], None]) -> Staged:
    """Return the session in three steps, each waiting for the device."""
    import torch

    def put(batch: Batch) -> torch.Tensor:
        moved = torch.from_numpy(batch).to(device)
        synchronise()
        return moved

    def run(batch: torch.Tensor) -> torch.Tensor:
        with torch.inference_mode():
            outputs: torch.Tensor = model(batch)
        synchronise()
        return outputs

    def get(outputs: torch.Tensor) -> Any:  # noqa: ANN401 - torch's stubs do not say float
        return outputs.cpu().numpy()

    return Staged(put=put, run=run, get=get)


def device_memory() -> dict[str, int]:
    """Return the bytes that torch's allocator gave out, and those it took, at their peaks."""
    import torch

    return {
        "allocated": torch.cuda.max_memory_allocated(),
        "reserved": torch.cuda.max_memory_reserved(),
    }


def set_up_cuda() -> None:
    """Make float32 mean float32 on the device; `UnavailableError` when torch sees none."""
    import torch

    if not torch.cuda.is_available():
        raise UnavailableError(NO_CUDA)
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cudnn.benchmark = True


def actual(model: torch.nn.Module) -> Actual:
    """Return what the network's own parameters and torch say is in use."""
    import torch

    parameter = next(model.parameters())
    versions = {"torch": str(torch.__version__)}
    provider = "eager"
    if parameter.device.type == "cuda":
        cudnn = torch.backends.cudnn.version()  # type: ignore[no-untyped-call]
        versions |= {"cuda": str(torch.version.cuda), "cudnn": str(cudnn)}
        provider = f"eager on {torch.cuda.get_device_name(parameter.device)}"
    return Actual(
        device=parameter.device.type,
        provider=provider,
        precision={torch.float32: "fp32"}.get(parameter.dtype, str(parameter.dtype)),
        threads=torch.get_num_threads(),
        versions=versions,
    )
