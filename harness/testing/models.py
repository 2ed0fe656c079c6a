"""A model to ask about, and images to ask with; neither needs torch."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from harness import cache, decode, graph, prepare
from harness.preprocess import encoder
from harness.types import Artefact, Encoding, Geometry, Manifest, Node

if TYPE_CHECKING:
    from pathlib import Path

    import onnx

    from harness.session import Batch


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
