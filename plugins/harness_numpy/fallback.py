"""Nodes that have no kernel here, computed by ONNX's own slow reference, one at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from harness import ModelError
from harness_numpy import decoding
from harness_numpy.operators import OPERATORS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from onnx import GraphProto, NodeProto, TensorProto

    from harness_numpy.operator import Operator


def computed(
    node: NodeProto, opsets: Mapping[str, int], names: tuple[str, ...], real: np.dtype[Any]
) -> Operator:
    """Return a node as a function of the tensors of those names, in `real`.

    Raises `ModelError` for an operator that onnx.reference does not know either, and for a form of
    it that the file's opset does not allow.
    """
    from onnx import helper
    from onnx.reference import ReferenceEvaluator

    copy = type(node)()
    copy.CopyFrom(node)
    _hold(copy, real)
    _check(copy, opsets)
    outputs = [helper.make_empty_tensor_value_info(name) for name in node.output if name]
    alone = helper.make_graph([copy], "node", [], outputs)  # its inputs come untyped, as they are
    try:
        evaluator = ReferenceEvaluator(alone, opsets=dict(opsets))
    except Exception as reason:
        message = f"{node.op_type} node {node.name!r}: onnx.reference: {line(reason)}"
        raise ModelError(message) from reason

    def compute(*inputs: Any) -> tuple[Any, ...]:  # noqa: ANN401 - arrays, sequences of them, None
        given = {name: value for name, value in zip(names, inputs, strict=True) if name}
        try:
            answers = evaluator.run(None, given)
        except Exception as reason:
            message = f"onnx.reference: {line(reason)}"
            raise ModelError(message) from reason
        return tuple(_held(each, real) for each in answers)

    return compute


def captured(node: NodeProto) -> set[str]:
    """Return the tensors outside of a node that the graphs within it read."""
    return set().union(*(_outer(graph) for graph in subgraphs(node)))


def _outer(graph: GraphProto) -> set[str]:
    made = {each.name for each in (*graph.input, *graph.initializer)}
    read = {each.name for each in graph.output}
    for node in graph.node:
        made |= {*node.output}
        read |= {*node.input} | captured(node)
    return read - made - {""}


def operators(node: NodeProto) -> Iterator[str]:
    """Yield the operator of a node and those of the nodes within it."""
    yield node.op_type
    for graph in subgraphs(node):
        for each in graph.node:
            yield from operators(each)


def subgraphs(node: NodeProto) -> Iterator[GraphProto]:
    """Yield the graphs that control flow holds as attributes."""
    for each in node.attribute:
        if each.HasField("g"):
            yield each.g
        yield from each.graphs


def line(reason: Exception) -> str:
    """Return what an error says, on one line."""
    return " ".join(str(reason).split())


def _check(node: NodeProto, opsets: Mapping[str, int]) -> None:
    """Raise `ModelError` unless a node, and each within it, is one that onnx.reference may know."""
    from onnx import defs

    opset = opsets.get(node.domain, 0)
    history = [
        each.since_version
        for each in defs.get_all_schemas_with_history()
        if (each.domain, each.name) == (node.domain, node.op_type)
    ]
    if not history:
        message = (
            f"operator {node.domain or 'ai.onnx'}.{node.op_type} of node {node.name!r} is not "
            f"among the {len(OPERATORS)} that backend numpy knows, nor among those of "
            "onnx.reference; run this model on another backend"
        )
        raise ModelError(message)
    if min(history) > opset:
        message = (
            f"operator {node.op_type} of node {node.name!r} is known from opset {min(history)} on, "
            f"the file has {opset}; export the model again"
        )
        raise ModelError(message)
    known = defs.get_schema(node.op_type, opset, node.domain).attributes
    unknown = [each.name for each in node.attribute if each.name not in known]
    if unknown:
        message = (
            f"{node.op_type} node {node.name!r} has no attribute {unknown[0]!r} in opset {opset}; "
            f"known: {', '.join(sorted(known)) or 'none'}"
        )
        raise ModelError(message)
    for graph in subgraphs(node):
        for each in graph.node:
            _check(each, opsets)


def _hold(node: NodeProto, real: np.dtype[Any]) -> None:
    """Rewrite what a node and the graphs within it hold and cast to, in the session's precision."""
    from onnx import helper, numpy_helper

    node.domain = decoding.domain(node.domain)
    for each in node.attribute:
        if each.name in decoding.DTYPES and decoding.is_real(each.i):
            each.i = helper.np_dtype_to_tensor_dtype(real)
        for tensor in (each.t, *each.tensors):
            _hold_tensor(tensor, real)
        if node.op_type == "Constant" and each.name in ("value_float", "value_floats"):
            value = np.array(helper.get_attribute_value(each), real)
            each.CopyFrom(helper.make_attribute("value", numpy_helper.from_array(value)))
    for graph in subgraphs(node):
        for tensor in graph.initializer:
            _hold_tensor(tensor, real)
        for inner in graph.node:
            _hold(inner, real)


def _hold_tensor(tensor: TensorProto, real: np.dtype[Any]) -> None:
    from onnx import numpy_helper

    if decoding.is_real(tensor.data_type):
        tensor.CopyFrom(numpy_helper.from_array(decoding.array(tensor, real), tensor.name))


def _held(value: Any, real: np.dtype[Any]) -> Any:  # noqa: ANN401 - an array or a sequence of them
    if isinstance(value, list):
        return [_held(each, real) for each in value]
    is_float = isinstance(value, np.ndarray) and value.dtype.kind == "f"
    return value.astype(real, copy=False) if is_float else value
