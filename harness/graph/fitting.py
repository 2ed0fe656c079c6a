"""Whether a graph takes images of another size than the one it was made for."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from harness.errors import ModelError
from harness.graph import inference

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import onnx

    from harness.graph.model import Operator

_RESHAPES = frozenset({"Reshape", "Flatten", "Squeeze", "Unsqueeze"})
_PLANE = 2


def forget(graph: onnx.GraphProto, image: str, path: Path) -> None:
    """Open the image's height and width, and of other tensors' shapes all but the batch.

    What cannot be inferred again is then missing instead of wrong. Raises `ModelError` when the
    input is no image.
    """
    axes = next(each for each in graph.input if each.name == image).type.tensor_type.shape.dim
    plane = inference.spatial([axis.dim_value for axis in axes])
    if len(plane) != _PLANE:
        message = f"{path}: input {image!r} has no height and width; leave out the input size"
        raise ModelError(message)
    batch = axes[0]
    for place in plane:
        axes[place].Clear()
    written = {name for node in graph.node for name in node.output}
    for info in (*graph.value_info, *graph.output):
        if info.name not in written:
            continue
        for place, axis in enumerate(info.type.tensor_type.shape.dim):
            if place or axis != batch:
                axis.Clear()


def check(operators: Sequence[Operator], shapes: Mapping[str, tuple[int, ...]], path: Path) -> None:
    """Raise `ModelError` unless the shapes fit together; inference does not look at all of them."""
    for node in operators:
        if not node.inputs or not {node.inputs[0], node.outputs[0]} <= shapes.keys():
            continue
        source, target = shapes[node.inputs[0]], shapes[node.outputs[0]]
        if any(length < 1 for length in target):
            message = f"{path}: nothing of an image that small reaches {_told(node)}"
            raise ModelError(message)
        if node.op in _RESHAPES and math.prod(source) != math.prod(target):
            have, need = (math.prod(each[1:]) for each in (source, target))
            message = (
                f"{path}: {_told(node)} is made for {need:,} values an image, and would get "
                f"{have:,}; the model does not take this input size"
            )
            raise ModelError(message)


def _told(node: Operator) -> str:
    return f"{node.op} {node.module or node.name or node.outputs[0]!r}"
