"""The constants of an ONNX graph: which matter to shapes, and which are parameters."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from harness.errors import ModelError

if TYPE_CHECKING:
    from pathlib import Path

    import onnx

_SMALL = 1024
"""Elements up to which a constant may matter to shape inference: axes, scales, target shapes."""


def lift(graph: onnx.GraphProto) -> None:
    """Turn constant nodes into initialisers, so that there is one kind of constant."""
    import numpy as np
    from onnx import helper, numpy_helper

    nodes = list(graph.node)
    for node in nodes:
        if node.op_type != "Constant":
            continue
        attribute = node.attribute[0]
        value = helper.get_attribute_value(attribute)
        if attribute.name in {"value_int", "value_ints"}:
            value = numpy_helper.from_array(np.asarray(value, np.int64))
        elif attribute.name in {"value_float", "value_floats"}:
            value = numpy_helper.from_array(np.asarray(value, np.float32))
        elif attribute.name != "value":
            continue
        tensor = graph.initializer.add()
        tensor.CopyFrom(value)
        tensor.name = node.output[0]
    lifted = {each.name for each in graph.initializer}
    kept = [node for node in nodes if node.op_type != "Constant" or node.output[0] not in lifted]
    del graph.node[:]
    graph.node.extend(kept)


def provenance(graph: onnx.GraphProto) -> tuple[frozenset[str], frozenset[str]]:
    """Return what torch's exporter notes: the parameters and buffers, and its own fillings.

    A filling is a constant of one repeated value that came about by folding, such as the bias
    that the exporter gives to a convolution without one.
    """
    declared, folded = set(), set()
    for info in graph.value_info:
        notes = {each.key: each.value for each in info.metadata_props}
        if notes.get("pkg.torch.export.graph_signature.InputSpec.kind") in {"PARAMETER", "BUFFER"}:
            declared.add(info.name)
        if "pkg.onnxscript.optimizer.folded_from" in notes:
            folded.add(info.name)
    filled = (each.name for each in graph.initializer if each.name in folded and _uniform(each))
    return frozenset(declared), frozenset(filled)


def integers(graph: onnx.GraphProto, folder: Path) -> dict[str, tuple[int, ...]]:
    """Return the values of the small integer constants; `folder` holds external data."""
    from onnx import TensorProto, external_data_helper, numpy_helper

    values = {}
    for tensor in graph.initializer:
        kind = tensor.data_type in {TensorProto.INT64, TensorProto.INT32}
        if not kind or math.prod(tensor.dims) > _SMALL:
            continue
        if external_data_helper.uses_external_data(tensor):
            try:
                external_data_helper.load_external_data_for_tensor(tensor, str(folder))
            except (OSError, ValueError) as reason:
                message = f"{folder}: the external data of {tensor.name!r} cannot be read: {reason}"
                raise ModelError(message) from reason
            tensor.data_location = TensorProto.DEFAULT
        values[tensor.name] = tuple(int(each) for each in numpy_helper.to_array(tensor).flat)
    return values


def drop_large(graph: onnx.GraphProto) -> None:
    """Turn large constants into inputs of their shape: inference reads only their dimensions."""
    from onnx import external_data_helper, helper

    inputs = {each.name for each in graph.input}
    kept = []
    for tensor in graph.initializer:
        external = external_data_helper.uses_external_data(tensor)
        if math.prod(tensor.dims) <= _SMALL and not external:
            kept.append(tensor)
        elif tensor.name not in inputs:
            graph.input.append(
                helper.make_tensor_value_info(tensor.name, tensor.data_type, tensor.dims)
            )
    del graph.initializer[:]
    graph.initializer.extend(kept)


def _uniform(tensor: onnx.TensorProto) -> bool:
    """Whether all elements are equal; False when they stand in another file."""
    from onnx import external_data_helper, numpy_helper

    if external_data_helper.uses_external_data(tensor):
        return False
    values = numpy_helper.to_array(tensor)
    return bool(values.size) and bool((values == values.flat[0]).all())
