"""What an ONNX graph takes and gives, checked against what is stated of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness import ModelError
from harness.errors import nearest

if TYPE_CHECKING:
    from pathlib import Path

    import onnx

    from harness_onnx.sidecar import Stated

    Shape = tuple[int | None, ...]

IMAGES_RANK = 4
ANSWER_RANKS = (2, 4)
"""N x classes, or N x classes x height x width."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """What engines need to know."""

    batch: int | None
    """The only batch size, or none when any will do."""
    output: str
    num_classes: int | None


def signature(model: onnx.ModelProto, path: Path, stated: Stated) -> Signature:
    """Return the graph's signature; `ModelError` when it is not what is stated."""
    import onnx

    graph = onnx.shape_inference.infer_shapes(model).graph
    batch = taken(graph, path, stated)
    outputs = {each.name: shape(each) for each in graph.output}
    if not outputs:
        message = f"{path}: the graph has no output"
        raise ModelError(message)
    name = stated.output or next(iter(outputs))
    if name not in outputs:
        message = f"{path}: no output named {name!r}; {nearest(name, outputs)}"
        raise ModelError(message)
    if len(outputs) > 1 and stated.output is None:
        message = f"{path}: several outputs; say which: output = one of {', '.join(outputs)}"
        raise ModelError(message)
    answer = outputs[name]
    if len(answer) not in ANSWER_RANKS:
        message = (
            f"{path}: output {name!r} is {written(answer)}, needed N x classes "
            "or N x classes x height x width"
        )
        raise ModelError(message)
    return Signature(batch=batch, output=name, num_classes=answer[1])


def taken(graph: onnx.GraphProto, path: Path, stated: Stated) -> int | None:
    """Return the batch size that the one input is fixed to, if it is."""
    import onnx

    stored = {each.name for each in graph.initializer}
    inputs = [each for each in graph.input if each.name not in stored]
    if len(inputs) != 1:
        names = ", ".join(each.name for each in inputs) or "none"
        message = f"{path}: needed one input, found {len(inputs)}: {names}"
        raise ModelError(message)
    dtype = onnx.TensorProto.DataType.Name(inputs[0].type.tensor_type.elem_type)
    wanted = {"float32": "FLOAT", "uint8": "UINT8"}[stated.encoding.dtype]
    if dtype != wanted:
        message = f"{path}: its input is {dtype}, but encoding.dtype is {stated.encoding.dtype!r}"
        raise ModelError(message)
    channels = {"RGB": 3, "L": 1}[stated.geometry.mode]
    height, width = stated.geometry.input_size
    given = {"NCHW": (channels, height, width), "NHWC": (height, width, channels)}
    expected = given[stated.encoding.layout]
    found = shape(inputs[0])
    fits = len(found) == IMAGES_RANK and all(
        size in {None, need} for size, need in zip(found[1:], expected, strict=True)
    )
    if not fits:
        message = (
            f"{path}: its input is {written(found)}, but geometry and encoding say "
            f"{written((None, *expected))} ({stated.encoding.layout})"
        )
        raise ModelError(message)
    return found[0]


def shape(value: onnx.ValueInfoProto) -> Shape:
    """Return a value's shape, none where a size is free."""
    return tuple(
        size.dim_value if size.HasField("dim_value") and size.dim_value > 0 else None
        for size in value.type.tensor_type.shape.dim
    )


def written(sizes: Shape) -> str:
    """Return a shape for a message."""
    return " x ".join("?" if size is None else str(size) for size in sizes)
