"""Shapes of all tensors of an ONNX graph, for one image."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import onnx

_BATCH = 7919
"""Stands for an open batch: a prime that no other axis has, so that it is found again."""
_PLANAR = 4
_CHANNELS = (1, 3)


def settle(
    graph: onnx.GraphProto, image: str, size: tuple[int, int] | None, path: Path
) -> tuple[int, tuple[int, ...]]:
    """Give the image's open axes a length; return the length of its batch and its spatial axes."""
    axes = next(each for each in graph.input if each.name == image).type.tensor_type.shape.dim
    if not axes:
        message = f"{path}: input {image!r} has no shape; export the model with one"
        raise ModelError(message)
    found = spatial([axis.dim_value for axis in axes])
    if axes[0].dim_value <= 0:
        symbol = axes[0].dim_param
        axes[0].dim_value = _BATCH
        for info in (*graph.input, *graph.value_info, *graph.output):
            for axis in info.type.tensor_type.shape.dim:
                if symbol and axis.dim_param == symbol:
                    axis.dim_value = _BATCH
    for index, length in zip(found, size or (), strict=False):
        if axes[index].dim_value <= 0:
            axes[index].dim_value = length
    if any(axis.dim_value <= 0 for axis in axes):
        message = f"{path}: input {image!r} has open axes besides the batch; state the input size"
        raise ModelError(message)
    return axes[0].dim_value, found


def infer(
    model: onnx.ModelProto, path: Path, *, strict: bool = False
) -> tuple[dict[str, tuple[int, ...]], frozenset[str]]:
    """Return the shapes of all tensors, and the names of the floating-point ones."""
    from onnx import TensorProto, shape_inference

    try:
        graph = shape_inference.infer_shapes(model, data_prop=True, strict_mode=strict).graph
    except shape_inference.InferenceError as reason:
        said = str(reason).splitlines()[0].replace("[ShapeInferenceError] ", "")
        where = " at this input size" if strict else ""
        message = f"{path}: shapes cannot be inferred{where}: {said}"
        raise ModelError(message) from reason
    real = {TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.BFLOAT16, TensorProto.DOUBLE}
    shapes = {each.name: tuple(each.dims) for each in graph.initializer}
    floats = {each.name for each in graph.initializer if each.data_type in real}
    for info in (*graph.input, *graph.value_info, *graph.output):
        kind = info.type.tensor_type
        if kind.elem_type in real:
            floats.add(info.name)
        if kind.HasField("shape") and all(axis.HasField("dim_value") for axis in kind.shape.dim):
            shapes[info.name] = tuple(axis.dim_value for axis in kind.shape.dim)
    return shapes, frozenset(floats)


def spatial(shape: Sequence[int]) -> tuple[int, ...]:
    """Return the axes besides batch and channels; channels are first unless clearly last."""
    last = len(shape) == _PLANAR and shape[-1] in _CHANNELS and shape[1] not in _CHANNELS
    return tuple(range(1, len(shape) - 1) if last else range(2, len(shape)))


def one_image(shape: Sequence[int], batch: int) -> tuple[int | None, ...]:
    """Return the shape with None for the batch; what the batch is merged into is divided by it."""
    if batch in shape:
        axis, rest = shape.index(batch), None
    else:
        axis = next((index for index, length in enumerate(shape) if not length % batch), -1)
        rest = shape[axis] // batch if axis >= 0 else None
    return tuple(rest if index == axis else length for index, length in enumerate(shape))
