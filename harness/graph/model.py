"""An ONNX file as plain data: what the rest of the package reads instead of protobuf."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from harness.errors import ModelError
from harness.graph import constants, fitting, inference

if TYPE_CHECKING:
    from pathlib import Path

    import onnx

Shape: TypeAlias = tuple[int | None, ...]
"""Lengths of the axes for one image; None is the batch."""


def elements(shape: Shape) -> int:
    """Return how many elements a tensor of this shape holds for one image."""
    return math.prod(length for length in shape if length is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """One node of the graph."""

    name: str
    op: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: dict[str, Any]
    module: str = ""
    """The part of the network's source that it comes from, as torch's exporter notes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """What the outputs depend on, in order of computation. Tensors go by name."""

    image: str
    spatial: tuple[int, ...]
    """Axes of the image that are neither batch nor channels."""
    operators: tuple[Operator, ...]
    outputs: tuple[str, ...]
    """In the order in which the file declares them."""
    computed: frozenset[str]
    """Tensors that hold image data; shape arithmetic is not among them."""
    shapes: dict[str, Shape]
    floats: frozenset[str]
    """Floating-point tensors that depend on no input."""
    declared: frozenset[str]
    """Tensors that torch's exporter marks as parameters or buffers."""
    filled: frozenset[str]
    """Constants of one repeated value that the exporter made itself (the bias of a layer without
    one, for example)."""
    integers: dict[str, tuple[int, ...]]
    """Values of small integer constants: axes, pads, slices."""


def integers(node: Operator, name: str, position: int, graph: Graph) -> tuple[int, ...] | None:
    """Return what newer operator sets give as a constant input, older ones as an attribute."""
    if name in node.attributes:
        return tuple(node.attributes[name])
    return graph.integers.get(node.inputs[position]) if position < len(node.inputs) else None


def reduced(node: Operator, graph: Graph) -> tuple[int, ...]:
    """Return the axes that a reduction runs over."""
    rank = len(graph.shapes[node.inputs[0]])
    return tuple(axis % rank for axis in integers(node, "axes", 1, graph) or range(rank))


def load(path: Path) -> onnx.ModelProto:
    """Return the model in a file, local functions inlined, without its external data.

    Raises `ModelError` when the file is not a whole ONNX model.
    """
    import onnx
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

    try:
        model = onnx.load(path, load_external_data=False)
    except OSError as reason:
        message = f"{path}: cannot be read: {reason.strerror}"
        raise ModelError(message) from reason
    except DecodeError as reason:
        message = f"{path}: not an ONNX model, or cut off; fetch or export it again"
        raise ModelError(message) from reason
    if not (model.graph.node and model.graph.output and model.opset_import):
        message = f"{path}: not an ONNX model, or cut off; fetch or export it again"
        raise ModelError(message)
    if model.functions:
        from onnx import inliner

        model = inliner.inline_local_functions(model)
    return model


def operators(model: onnx.ModelProto, path: Path) -> tuple[Operator, ...]:
    """Return the nodes that the outputs depend on, constants left out.

    Raises `ModelError` when a node reads what no earlier one wrote.
    """
    from onnx import helper

    graph = model.graph
    known = {each.name for each in (*graph.input, *graph.initializer)}
    known |= {each.values.name for each in graph.sparse_initializer} | {""}
    for node in graph.node:
        if unknown := [name for name in node.input if name not in known]:
            message = (
                f"{path}: node {node.name!r} reads {unknown[0]!r}, which nothing before it writes"
            )
            raise ModelError(message)
        known.update(node.output)
    wanted = {each.name for each in graph.output}
    kept: list[Operator] = []
    for node in reversed(graph.node):
        if node.op_type == "Constant" or not wanted.intersection(node.output):
            continue
        wanted.update(name for name in node.input if name)
        attributes = {each.name: helper.get_attribute_value(each) for each in node.attribute}
        kept.append(
            Operator(
                name=node.name,
                op=node.op_type,
                inputs=tuple(node.input),
                outputs=tuple(name for name in node.output if name),
                attributes=attributes,
                module=_module(node),
            )
        )
    return tuple(reversed(kept))


def read(path: Path, size: tuple[int, int] | None, *, imposed: bool = False) -> Graph:
    """Return the graph in a file; `size` is the height and width where the file leaves them open.

    Imposed, it replaces those that the file states. Raises `ModelError` when the file is broken,
    the shape of a tensor cannot be inferred, or the graph does not take images of that size.
    """
    model = load(path)
    constants.lift(model.graph)
    fixed = {each.name for each in model.graph.initializer}
    given = [each.name for each in model.graph.input if each.name not in fixed]
    if not given:
        message = f"{path}: the graph has no input"
        raise ModelError(message)
    nodes = operators(model, path)
    declared, filled = constants.provenance(model.graph)
    integers = constants.integers(model.graph, path.parent)
    constants.drop_large(model.graph)
    if imposed:
        fitting.forget(model.graph, given[0], path)
    batch, spatial = inference.settle(model.graph, given[0], size, path)
    shapes, floats = inference.infer(model, path, strict=imposed)

    computed, varying = set(given), set(given)
    for node in nodes:
        sources = node.inputs[:1] if node.op == "CastLike" else node.inputs
        if varying.intersection(sources):
            varying.update(node.outputs)
        if node.op in {"Shape", "Size"} or not computed.intersection(sources):
            continue
        computed.update(node.outputs)
        if node.outputs[0] not in shapes:
            message = (
                f"{path}: the shape of {node.outputs[0]!r} ({node.op}) cannot be inferred; "
                "export the model with standard operators and a fixed input size"
            )
            raise ModelError(message)
    if imposed:
        fitting.check(nodes, shapes, path)
    return Graph(
        image=given[0],
        spatial=spatial,
        operators=nodes,
        outputs=tuple(each.name for each in model.graph.output),
        computed=frozenset(computed),
        shapes={
            name: inference.one_image(shape, batch) if name in computed else shape
            for name, shape in shapes.items()
        },
        floats=frozenset(floats - varying),
        declared=declared,
        filled=filled,
        integers=integers,
    )


def _module(node: onnx.NodeProto) -> str:
    notes = {each.key: each.value for each in node.metadata_props}
    scopes = re.findall(r"'([^']*)'", notes.get("pkg.torch.onnx.name_scopes", ""))
    return scopes[-2] if len(scopes) > 1 else ""
