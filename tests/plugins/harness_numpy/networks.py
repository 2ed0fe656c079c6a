"""Small ONNX files to test with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from onnx import ModelProto, NodeProto

FP32, FP64 = np.dtype(np.float32), np.dtype(np.float64)


def node(operator: str, inputs: str, outputs: str, **attributes: Any) -> NodeProto:  # noqa: ANN401 - as ONNX takes them
    from onnx import helper

    return helper.make_node(
        operator, inputs.split(), outputs.split(), name=f"the_{operator.lower()}", **attributes
    )


def model(
    *nodes: NodeProto,
    weights: dict[str, Any] | None = None,
    outputs: str = "y",
    shape: tuple[int | str, ...] = (3, 4, 9, 9),
    opset: int = 18,
    dtype: np.dtype[Any] = FP32,
) -> ModelProto:
    from onnx import helper, numpy_helper

    kind = helper.np_dtype_to_tensor_dtype(dtype)
    graph = helper.make_graph(
        nodes,
        "test",
        [helper.make_tensor_value_info("x", kind, shape)],
        [helper.make_tensor_value_info(name, kind, None) for name in outputs.split()],
        [numpy_helper.from_array(value, name) for name, value in (weights or {}).items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])


def with_weights(made: ModelProto, inputs: Sequence[Any]) -> ModelProto:
    """Return a copy in which the values of all inputs but the first are weights."""
    from onnx import ModelProto, numpy_helper

    copy = ModelProto()
    copy.CopyFrom(made)
    known = {each.name for each in made.graph.initializer}
    names = [each.name for each in made.graph.input if each.name not in known]
    for name, value in list(zip(names, inputs, strict=True))[1:]:
        copy.graph.initializer.append(numpy_helper.from_array(value, name))
    return copy


def saved(made: ModelProto, folder: Path) -> Path:
    import onnx

    path = folder / "model.onnx"
    onnx.save(made, path)
    return path
