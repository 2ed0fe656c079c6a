"""A model to ask about, and images to ask with; neither needs torch."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from harness import cache, decode, graph, prepare
from harness.preprocess import encoder
from harness.types import Artefact, Encoding, Geometry, Manifest, Node, Parameters

if TYPE_CHECKING:
    from pathlib import Path

    import onnx

    from harness.session import Batch

ONNX = ("onnx", "structure")
"""The formats that are ONNX graphs, which can be made of one operator, and be cut."""


def tiny_model(folder: Path) -> Artefact:
    """Write a prepared model into a folder: 16 x 16 RGB images, 10 classes, seeded weights.

    Convolution, batch norm, ReLU, pooling and a dense layer, as ONNX alone: no torch is needed.
    """
    made = written(folder, _network(), size=(16, 16), classes=10)
    found = graph.analyse(made.path("onnx"), size=(16, 16), unfused=True)
    manifest = replace(
        made.manifest, parameters=found.parameters, macs=found.macs, depth=found.depth
    )
    return _described(folder, manifest)


def written(
    folder: Path,
    network: onnx.ModelProto,
    *,
    size: tuple[int, int],
    classes: int,
    output: str | None = None,
) -> Artefact:
    """Write a graph into a folder as a prepared model, in both formats that are ONNX.

    `size` is an image's height and width. Nothing in the graph is counted.
    """
    import onnx

    onnx.save(network, folder / "model.onnx")
    form = cache.form(folder, "model.onnx", Node(format="onnx"), {})
    manifest = Manifest(
        schema=prepare.SCHEMA,
        model=network.graph.name,
        weights="random",
        id=form.sha256,
        geometry=Geometry(input_size=size, crop_pct=1.0),
        encoding=Encoding(mean=(0.5, 0.5, 0.5), std=(0.25, 0.25, 0.25)),
        activation="logits",
        label_space=network.graph.name,
        num_classes=classes,
        forms={name: replace(form, node=Node(format=name)) for name in ONNX},
        parameters=Parameters(stored=0, note="not counted"),
        macs=None,
        depth={},
        agreement={},
        output=output,
    )
    return _described(folder, manifest)


def sample_batch(artefact: Artefact, count: int) -> Batch:
    """Return seeded noise images, encoded as the model wants them."""
    geometry = artefact.manifest.geometry
    channels = 3 if geometry.mode == "RGB" else 1
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (count, *geometry.input_size, channels), np.uint8)
    return encoder(artefact.manifest.encoding)(pixels)


def _described(folder: Path, manifest: Manifest) -> Artefact:
    """Return the prepared model once its manifest lies beside it."""
    (folder / "manifest.json").write_bytes(decode.encode(manifest))
    return Artefact(folder=folder, manifest=manifest)


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
