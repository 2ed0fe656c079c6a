"""An ONNX file, decoded once into weights and steps."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from harness import ModelError
from harness_numpy.operators import OPERATORS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from onnx import AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto

    from harness_numpy.operator import Array, Operator


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One node, ready to compute."""

    kind: str
    """The operator's name in the specification."""
    name: str
    compute: Operator
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: dict[str, Any]
    dead: tuple[str, ...]
    """The tensors that no later step reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """What it takes to compute one output from one input."""

    input: str
    dtype: np.dtype[Any]
    """The input's."""
    output: str
    real: np.dtype[Any]
    """What every floating-point tensor is held in."""
    weights: dict[str, Array]
    steps: tuple[Step, ...]


def read(path: Path, *, output: str | None, real: np.dtype[Any]) -> Graph:
    """Decode the file and keep what `output` (default: the graph's first) depends on.

    Raises `ModelError` for a file that is broken or needs what this backend lacks.
    """
    model = _model(path)
    graph = model.graph
    known = [each.name for each in graph.output]
    if not known or (output is not None and output not in known):
        message = f"{path}: no output {output or ''!r}; known: {', '.join(known) or 'none'}"
        raise ModelError(message)
    source = _input(graph, path)
    try:
        weights = {each.name: _array(each, real) for each in graph.initializer}
        steps = _steps(model, output or known[0], real)
    except (ModelError, ValueError) as reason:
        message = f"{path}: {_line(reason)}"
        raise ModelError(message) from reason
    _check_complete(steps, {source.name, *weights}, path)
    return Graph(
        input=source.name,
        dtype=_dtype(source.type.tensor_type.elem_type, real),
        output=output or known[0],
        real=real,
        weights=weights,
        steps=steps,
    )


def _model(path: Path) -> ModelProto:
    import onnx
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

    try:
        # the loader refuses weights that lie outside the model's folder
        return onnx.load(path)
    except (DecodeError, onnx.checker.ValidationError, OSError, ValueError) as reason:
        message = f"{path}: cannot be read as ONNX: {_line(reason)}"
        raise ModelError(message) from reason


def _input(graph: GraphProto, path: Path) -> Any:  # noqa: ANN401 - ValueInfoProto has no stub
    weights = {each.name for each in graph.initializer}  # older files list them as inputs as well
    inputs = [each for each in graph.input if each.name not in weights]
    if len(inputs) != 1:
        names = ", ".join(each.name for each in inputs) or "none"
        message = f"{path}: an image classifier has one input, this graph has: {names}"
        raise ModelError(message)
    return inputs[0]


def _steps(model: ModelProto, output: str, real: np.dtype[Any]) -> tuple[Step, ...]:
    """Walk back from the output: skip what it does not need, and see where a tensor dies."""
    opsets = {each.domain or "ai.onnx": each.version for each in model.opset_import}
    alive = {output}
    steps = []
    for node in reversed(model.graph.node):
        if alive.isdisjoint(node.output):
            continue
        compute = _operator(node, opsets)
        steps.append(
            Step(
                kind=node.op_type,
                name=node.name,
                compute=compute,
                inputs=tuple(node.input),
                outputs=tuple(node.output),
                attributes=_attributes(node, compute, real),
                dead=tuple({*node.input, *node.output} - alive - {""}),
            )
        )
        alive |= {*node.input}
    return tuple(reversed(steps))


def _operator(node: NodeProto, opsets: dict[str, int]) -> Operator:
    """Return the newest form that is not newer than the file's opset."""
    domain = node.domain or "ai.onnx"
    versions = OPERATORS.get(node.op_type, {}) if domain == "ai.onnx" else {}
    if not versions:
        message = (
            f"operator {domain}.{node.op_type} of node {node.name!r} is not among the "
            f"{len(OPERATORS)} that backend numpy knows; run this model on another backend"
        )
        raise ModelError(message)
    opset = opsets.get(domain, 0)
    fitting = [version for version in versions if version <= opset]
    if not fitting:
        message = (
            f"operator {node.op_type} of node {node.name!r} is known from opset {min(versions)} "
            f"on, the file has {opset}; convert it with onnx.version_converter"
        )
        raise ModelError(message)
    return versions[max(fitting)]


def _attributes(node: NodeProto, compute: Operator, real: np.dtype[Any]) -> dict[str, Any]:
    """Return the attributes as Python values, checked against what the operator takes."""
    signature = inspect.signature(compute)
    implied = {"num_outputs": len(node.output), "real": real}
    attributes = {name: implied[name] for name in signature.parameters if name in implied}
    attributes |= {each.name: _value(each, real) for each in node.attribute}
    try:
        signature.bind(*node.input, **attributes)
    except TypeError as reason:
        message = f"{node.op_type} node {node.name!r}: {reason}"
        raise ModelError(message) from reason
    return attributes


def _value(attribute: AttributeProto, real: np.dtype[Any]) -> Any:  # noqa: ANN401
    from onnx import AttributeProto, TensorProto, helper

    if attribute.name == "to":
        return _dtype(attribute.i, real)
    value = helper.get_attribute_value(attribute)
    if attribute.type == AttributeProto.STRING:
        return value.decode()
    if isinstance(value, TensorProto):
        return _array(value, real)
    return value


def _array(tensor: TensorProto, real: np.dtype[Any]) -> Array:
    from onnx import numpy_helper

    array = numpy_helper.to_array(tensor)
    return array.astype(_dtype(tensor.data_type, real), copy=False)


def _dtype(element_type: int, real: np.dtype[Any]) -> np.dtype[Any]:
    """Return the NumPy type: `real` for all floating point, the same as ONNX's for the rest."""
    from onnx import TensorProto, helper

    names = TensorProto.DataType
    if element_type in (names.FLOAT, names.DOUBLE, names.FLOAT16, names.BFLOAT16):
        return real
    dtype = np.dtype(helper.tensor_dtype_to_np_dtype(element_type))
    if dtype.kind not in "iub":
        message = f"tensors of type {names.Name(element_type)} are not supported"
        raise ModelError(message)
    return dtype


def _check_complete(steps: Iterable[Step], known: set[str], path: Path) -> None:
    for step in steps:
        missing = {*step.inputs} - known - {""}
        if missing:
            message = (
                f"{path}: {step.kind} node {step.name!r} reads {', '.join(sorted(missing))}, "
                "which nothing before it gives; export the model again"
            )
            raise ModelError(message)
        known |= {*step.outputs}


def _line(reason: Exception) -> str:
    return " ".join(str(reason).split())
