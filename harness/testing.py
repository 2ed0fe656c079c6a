"""What a plugin author's own tests call."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from harness import cache, decode, graph, oracle, prepare
from harness.preprocess import encoder
from harness.session import LoadOptions
from harness.types import Artefact, Encoding, Geometry, Manifest, Node
from harness.worker import load

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import onnx

    from harness.offers import Backend
    from harness.session import Batch, Outputs

REPEATABLE = 1e-6
"""Relative difference between two answers to one question that float32 explains."""


def broken_promises(
    backend: Backend, artefact: Artefact, *, reference: Backend | None = None, threads: int = 1
) -> list[str]:
    """Return what a backend does not keep of its contract on a prepared model; [] when it does.

    Shapes and types, rows of a batch that depend on the others, answers that change from call to
    call, an untrue `actual`; with a `reference` (the NumPy backend) the distance of its answers
    from float64 on the structure graph.
    """
    return list(_broken(backend, artefact, reference, threads))


def tiny_model(folder: Path) -> Artefact:
    """Write a prepared model into a folder: 16 x 16 RGB images, 10 classes, seeded weights.

    Convolution, batch norm, ReLU, pooling and a dense layer, as ONNX alone: no torch is needed.
    """
    import onnx

    onnx.save(_network(), folder / "model.onnx")
    form = cache.form(folder, "model.onnx", Node(format="onnx"), {})
    structure = replace(form, node=replace(form.node, format="structure"))
    found = graph.analyse(folder / form.file, size=(16, 16), unfused=True)
    manifest = Manifest(
        schema=prepare.SCHEMA,
        model="tiny",
        weights="random",
        id=form.sha256,
        geometry=Geometry(input_size=(16, 16), crop_pct=1.0),
        encoding=Encoding(mean=(0.5, 0.5, 0.5), std=(0.25, 0.25, 0.25)),
        activation="logits",
        label_space="tiny",
        num_classes=10,
        forms={"onnx": form, "structure": structure},
        parameters=found.parameters,
        macs=found.macs,
        depth=found.depth,
        agreement={},
    )
    (folder / "manifest.json").write_bytes(decode.encode(manifest))
    return Artefact(folder=folder, manifest=manifest)


def sample_batch(artefact: Artefact, count: int) -> Batch:
    """Return seeded noise images, encoded as the model wants them."""
    geometry = artefact.manifest.geometry
    channels = 3 if geometry.mode == "RGB" else 1
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (count, *geometry.input_size, channels), np.uint8)
    return encoder(artefact.manifest.encoding)(pixels)


def _network() -> onnx.ModelProto:
    from onnx import TensorProto, helper, numpy_helper

    rng = np.random.default_rng(0)
    weights = {
        "kernel": rng.normal(size=(8, 3, 3, 3)),
        "scale": rng.uniform(0.5, 2, 8),
        "shift": rng.normal(size=8),
        "mean": rng.normal(size=8),
        "variance": rng.uniform(0.5, 2, 8),
        "dense": rng.normal(size=(10, 8)),
        "bias": rng.normal(size=10),
    }
    statistics = ["scale", "shift", "mean", "variance"]
    network = helper.make_graph(
        [
            helper.make_node("Conv", ["image", "kernel"], ["convolved"], pads=[1, 1, 1, 1]),
            helper.make_node("BatchNormalization", ["convolved", *statistics], ["normed"]),
            helper.make_node("Relu", ["normed"], ["positive"]),
            helper.make_node(
                "MaxPool", ["positive"], ["halved"], kernel_shape=[2, 2], strides=[2, 2]
            ),
            helper.make_node("GlobalAveragePool", ["halved"], ["averaged"]),
            helper.make_node("Flatten", ["averaged"], ["flat"]),
            helper.make_node("Gemm", ["flat", "dense", "bias"], ["logits"], transB=1),
        ],
        "tiny",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["batch", 3, 16, 16])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", 10])],
        [
            numpy_helper.from_array(value.astype(np.float32), name)
            for name, value in weights.items()
        ],
    )
    opset = [helper.make_opsetid("", 17)]
    return helper.make_model(network, opset_imports=opset, ir_version=8)


def _broken(
    backend: Backend, artefact: Artefact, reference: Backend | None, threads: int
) -> Iterator[str]:
    format = next(  # noqa: A001 - the field's own word
        (each for each in backend.formats if each in artefact.manifest.forms), None
    )
    if format is None:
        made = ", ".join(artefact.manifest.forms)
        yield f"takes {', '.join(backend.formats)}; the model has {made}"
        return
    batch = sample_batch(artefact, 3)
    options = LoadOptions(format=format, threads=threads, batch_size=len(batch))
    loaded = load(backend, artefact, options)
    outputs = loaded.session(batch)
    shape = (len(batch), artefact.manifest.num_classes)
    if outputs.shape != shape or outputs.dtype.kind != "f":
        yield f"answers {outputs.dtype} {outputs.shape}, not floats {shape}"
        return
    if oracle.relative_difference(loaded.session(batch), outputs) > REPEATABLE:
        yield "answers differently when asked again"
    if backend.batching == "dynamic":
        alone = np.concatenate([loaded.session(batch[row : row + 1]) for row in range(len(batch))])
        if oracle.relative_difference(alone, outputs) > 10 * REPEATABLE:
            yield "a row's answer depends on the other rows of its batch"
    actual = loaded.actual
    if (actual.device, actual.precision) != (options.device, options.precision):
        yield f"asked for cpu and fp32, says {actual.device} and {actual.precision}"
    if actual.threads > threads:
        yield f"asked for {threads} threads, says {actual.threads}"
    if reference is not None:
        difference = oracle.relative_difference(outputs, _truth(reference, artefact, batch))
        if difference > oracle.TOLERANCE["fp32"]:
            yield f"differs from the oracle by {difference:.2g}"


def _truth(reference: Backend, artefact: Artefact, batch: Batch) -> Outputs:
    options = LoadOptions(format="structure", precision="fp64")
    return load(reference, artefact, options).session(batch)
