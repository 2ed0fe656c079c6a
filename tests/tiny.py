"""A plugin file for tests: a tiny model, tiny images, backends that misbehave."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import harness
from harness import cache

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from harness.session import Batch, Outputs

CLASSES = ("dark", "middling", "bright")
COUNT = 24


def write_model(path: Path) -> None:
    """Write a classifier of 8 x 8 grey images that tells how bright they are."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    rng = np.random.default_rng(0)
    weights = {
        "kernel": rng.normal(size=(4, 1, 3, 3)).astype(np.float32),
        "dense": rng.normal(size=(3, 4)).astype(np.float32),
        "bias": np.zeros(3, np.float32),
    }
    graph = helper.make_graph(
        [
            helper.make_node("Conv", ["image", "kernel"], ["c"], pads=[1, 1, 1, 1]),
            helper.make_node("Relu", ["c"], ["r"]),
            helper.make_node("GlobalAveragePool", ["r"], ["p"]),
            helper.make_node("Flatten", ["p"], ["f"]),
            helper.make_node("Gemm", ["f", "dense", "bias"], ["logits"], transB=1),
        ],
        "tiny",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["batch", 1, 8, 8])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", 3])],
        [numpy_helper.from_array(value, name) for name, value in weights.items()],
    )
    opset = [helper.make_opsetid("", 17)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=8), path)


def fetch_model(request: harness.ModelRequest, folder: Path) -> harness.Sourced:
    """Write the model; any weights but the pretrained ones are refused."""
    if request.name != "net":
        message = f"no tiny model named {request.name!r}; known: net"
        raise harness.ModelError(message)
    write_model(folder / "model.onnx")
    return harness.Sourced(
        form=cache.form(folder, "model.onnx", harness.Node(format="onnx"), {}),
        weights=request.weights,
        geometry=harness.Geometry(input_size=(8, 8), mode="L", crop_pct=1.0),
        encoding=harness.Encoding(mean=(0.5,), std=(0.5,)),
        label_space="tiny",
    )


def open_images(split: str, folder: Path) -> Sequence[harness.Sample]:
    """Return grey images whose target is how bright they are."""
    del folder
    rng = np.random.default_rng(1)
    return [
        harness.Sample(
            id=f"{split}-{number}",
            image=rng.integers(target * 80, target * 80 + 80, (8, 8), np.uint8),
            target=target,
        )
        for number in range(COUNT)
        for target in [number % len(CLASSES)]
    ]


def backend(name: str, session: Callable[[Batch], Outputs]) -> harness.Backend:
    """Return a backend around a session, truthful about what it was asked for."""

    def load(artefact: harness.Artefact, options: harness.LoadOptions) -> harness.Loaded:
        del artefact
        actual = harness.Actual(
            device=options.device,
            provider=name,
            precision=options.precision,
            threads=options.threads,
        )
        return harness.Loaded(session=session, actual=actual)

    return harness.Backend(name=name, summary="for tests", load=load, formats=("onnx",))


def zeros(batch: Batch) -> Outputs:
    """Answer at once, and wrongly."""
    return np.zeros((len(batch), len(CLASSES)), np.float32)


def hang(batch: Batch) -> Outputs:
    """Never answer."""
    while True:
        time.sleep(60)
    return zeros(batch)


def crash(batch: Batch) -> Outputs:
    """End the process."""
    os._exit(3)
    return zeros(batch)


def die(batch: Batch) -> Outputs:
    """Die as if killed."""
    os.kill(os.getpid(), signal.SIGKILL)
    return zeros(batch)


def exhaust(batch: Batch) -> Outputs:
    """Want more memory than there is."""
    raise MemoryError(f"{len(batch)} images")  # noqa: EM102, TRY003 - as an engine would


def shorten(batch: Batch) -> Outputs:
    """Answer for one image too few."""
    return zeros(batch)[1:]


def chatter(batch: Batch) -> Outputs:
    """Print where only replies belong, then answer."""
    print("an engine that prints")  # noqa: T201 - what engines do
    os.write(1, b"and one that writes to the descriptor\n")
    return zeros(batch)


def two_faced(artefact: harness.Artefact, options: harness.LoadOptions) -> harness.Loaded:
    """Return a session that is right in large batches and wrong in small ones."""
    from onnxruntime import InferenceSession, SessionOptions

    chosen = SessionOptions()
    chosen.intra_op_num_threads = options.threads
    inner = InferenceSession(artefact.path("onnx"), chosen, providers=["CPUExecutionProvider"])

    def answer(batch: Batch) -> Outputs:
        outputs: Outputs = inner.run(None, {"image": batch})[0]
        return outputs if len(batch) > 4 else outputs + 1

    actual = harness.Actual(device="cpu", provider="two", precision="fp32", threads=options.threads)
    return harness.Loaded(session=answer, actual=actual)


@harness.hookimpl
def harness_model_sources() -> Iterable[harness.ModelSource]:
    """Offer the tiny model."""
    yield harness.ModelSource(
        name="tiny",
        summary="for tests",
        models=lambda: ["net"],
        fingerprint=lambda request: request.name,
        fetch=fetch_model,
    )


@harness.hookimpl
def harness_datasets() -> Iterable[harness.Dataset]:
    """Offer the tiny images."""
    yield harness.Dataset(
        name="tiny",
        summary="for tests",
        label_space="tiny",
        classes=CLASSES,
        splits={"test": COUNT},
        open=open_images,
        fetch=Path.touch,
        identity="tiny-1",
    )


@harness.hookimpl
def harness_backends() -> Iterable[harness.Backend]:
    """Offer the misbehaving backends."""
    for session in (zeros, hang, crash, die, exhaust, shorten, chatter):
        yield backend(session.__name__, session)
    yield harness.Backend(name="two_faced", summary="for tests", load=two_faced, formats=("onnx",))
