"""A plugin file for tests: ONNX Runtime on a graph in which one node was spoilt.

Each fault takes effect at one node: the middle one of those that it fits in the first graph that
the backend is given. It is known by the tensor that it makes, so that it is the same node in every
copy of that model that ends early or begins late.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import harness
from harness import cache
from harness.discovery import discover

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray
    from onnx import GraphProto, NodeProto

    Spoil = Callable[[GraphProto, NodeProto], list[NodeProto]]
    """From a node of a graph to what stands in its place; new weights go into the graph."""
    Choose = Callable[[GraphProto], list[NodeProto]]

BLOCKS = 64
"""Lots of products that a convolution sums exactly before they go into its accumulator."""
LEAK = 0.1
"""Share of a row that is not its own but its batch's first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is done to a node, and to which."""

    spoil: Spoil
    fitting: Choose
    format: str = "onnx"

    def target(self, graph: GraphProto) -> NodeProto | None:
        """Return the node in the middle of those that it fits."""
        fitting = self.fitting(graph)
        return fitting[len(fitting) // 2] if fitting else None


# --- what is done -----------------------------------------------------------------------------


def transposed_weights(graph: GraphProto, node: NodeProto) -> list[NodeProto]:
    """Take the kernel's rows for its columns, with its padding."""
    kernel, (top, left, bottom, right) = weight(graph, node), attributes(node)["pads"]
    spoilt = changed(node, kernel_shape=kernel.shape[:1:-1], pads=[left, top, right, bottom])
    spoilt.input[1] = added(graph, f"{node.output[0]}/kernel", kernel.swapaxes(2, 3))
    return [spoilt]


def padding_side(graph: GraphProto, node: NodeProto) -> list[NodeProto]:
    """Pad as much, above and to the left alone."""
    del graph
    top, left, bottom, right = attributes(node)["pads"]
    return [changed(node, pads=[top + bottom, left + right, 0, 0])]


def count_include_pad(graph: GraphProto, node: NodeProto) -> list[NodeProto]:
    """Count the padding where it is not to be counted, and the other way round."""
    del graph
    return [changed(node, count_include_pad=1 - attributes(node).get("count_include_pad", 0))]


def no_batch_norm(graph: GraphProto, node: NodeProto) -> list[NodeProto]:
    """Hand on what is to be normalised."""
    from onnx import helper

    del graph
    return [helper.make_node("Identity", node.input[:1], node.output)]


def fp16_accumulation(graph: GraphProto, node: NodeProto) -> list[NodeProto]:
    """Keep the sum in float16 while it grows, block by block."""
    from onnx import TensorProto, helper

    kernel, name = weight(graph, node), node.output[0]
    count = min(BLOCKS, kernel[0].size)
    block = np.arange(kernel[0].size).reshape(kernel[0].shape) % count
    nodes, sums = [], ""
    for number in range(count):
        spoilt = changed(node)
        spoilt.name = f"{name}/block{number}"
        spoilt.input[1] = added(graph, f"{name}/kernel{number}", kernel * (block == number))
        if sums:
            del spoilt.input[2:]  # the bias is in the sum already
        spoilt.output[0] = grown = f"{name}/products{number}"
        nodes.append(spoilt)
        if sums:
            grown = f"{name}/grown{number}"
            nodes.append(helper.make_node("Add", [sums, spoilt.output[0]], [grown]))
        half, sums = f"{name}/half{number}", name if number + 1 == count else f"{name}/sum{number}"
        nodes.append(helper.make_node("Cast", [grown], [half], to=TensorProto.FLOAT16))
        nodes.append(helper.make_node("Cast", [half], [sums], to=TensorProto.FLOAT))
    return nodes


def batch_dependent(graph: GraphProto, node: NodeProto) -> list[NodeProto]:
    """Let some of the batch's first row into every row; a row alone stays as it is."""
    from onnx import helper

    name = node.output[0]
    own, first, gap, leak = (f"{name}/{part}" for part in ("own", "first", "gap", "leak"))
    row = added(graph, f"{name}/row", np.array([0]))
    share = added(graph, f"{name}/share", np.array(LEAK, np.float32))
    spoilt = changed(node)
    spoilt.output[0] = own
    return [
        spoilt,
        helper.make_node("Gather", [own, row], [first]),
        helper.make_node("Sub", [first, own], [gap]),
        helper.make_node("Mul", [gap, share], [leak]),
        helper.make_node("Add", [own, leak], [name]),
    ]


# --- to which ---------------------------------------------------------------------------------


def convolutions(graph: GraphProto) -> list[NodeProto]:
    """Return the convolutions that pad, the asymmetric ones or the depthwise where there are."""
    padding = [each for each in of_kind("Conv", graph) if any(attributes(each)["pads"])]
    asymmetric = [each for each in padding if len({*weight(graph, each).shape[2:]}) > 1]
    depthwise = [each for each in padding if attributes(each)["group"] > 1]
    return asymmetric or depthwise or padding


def padded_averages(graph: GraphProto) -> list[NodeProto]:
    """Return the average pools that pad."""
    return [each for each in of_kind("AveragePool", graph) if any(attributes(each)["pads"])]


def of_kind(operator: str, graph: GraphProto) -> list[NodeProto]:
    """Return the nodes of an operator."""
    return [each for each in graph.node if each.op_type == operator]


# --- graphs -----------------------------------------------------------------------------------


def attributes(node: NodeProto) -> dict[str, Any]:
    """Return a node's attributes, `pads` and `group` by default as well."""
    from onnx import helper

    given = {each.name: helper.get_attribute_value(each) for each in node.attribute}
    return {"pads": [0, 0, 0, 0], "group": 1} | given


def weight(graph: GraphProto, node: NodeProto) -> NDArray[Any]:
    """Return a convolution's kernel."""
    from onnx import numpy_helper

    (found,) = (each for each in graph.initializer if each.name == node.input[1])
    return numpy_helper.to_array(found)


def added(graph: GraphProto, name: str, value: NDArray[Any]) -> str:
    """Give a graph another constant; return its name."""
    from onnx import numpy_helper

    graph.initializer.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
    return name


def changed(node: NodeProto, **values: Any) -> NodeProto:  # noqa: ANN401 - an attribute's
    """Return a copy of a node with other attributes."""
    from onnx import NodeProto, helper

    copy = NodeProto()
    copy.CopyFrom(node)
    kept = [each for each in node.attribute if each.name not in values]
    del copy.attribute[:]
    copy.attribute.extend(
        [*kept, *(helper.make_attribute(name, value) for name, value in values.items())]
    )
    return copy


# --- backends ---------------------------------------------------------------------------------

FAULTS = {
    "transposed_weights": Fault(spoil=transposed_weights, fitting=convolutions),
    "padding_side": Fault(spoil=padding_side, fitting=convolutions),
    "count_include_pad": Fault(spoil=count_include_pad, fitting=padded_averages),
    "no_batch_norm": Fault(
        spoil=no_batch_norm,
        fitting=partial(of_kind, "BatchNormalization"),
        format="structure",
    ),
    "fp16_accumulation": Fault(spoil=fp16_accumulation, fitting=convolutions),
    "batch_dependent": Fault(spoil=batch_dependent, fitting=partial(of_kind, "Relu")),
}


def load(
    fault: Fault,
    targets: dict[str, str],
    artefact: harness.Artefact,
    options: harness.LoadOptions,
) -> harness.Loaded:
    """Return the model in ONNX Runtime, spoilt; `targets` are the nodes chosen, by model."""
    import onnx

    model = onnx.load(artefact.path(fault.format))
    graph = model.graph
    target = fault.target(graph)
    output = targets.setdefault(artefact.manifest.id, target.output[0] if target else "")
    nodes = [
        spoilt
        for node in graph.node
        for spoilt in (fault.spoil(graph, node) if output in node.output else [node])
    ]
    del graph.node[:]
    graph.node.extend(nodes)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        onnx.save(model, folder / "model.onnx")
        form = cache.form(folder, "model.onnx", harness.Node(format="onnx"), {})
        spoilt = harness.Artefact(
            folder=folder, manifest=replace(artefact.manifest, forms={"onnx": form})
        )
        engine = discover().backends["onnxruntime"]
        return engine.load(spoilt, replace(options, format="onnx"))


@harness.hookimpl
def harness_backends() -> Iterable[harness.Backend]:
    """Offer a backend for each fault, named after it."""
    for name, fault in FAULTS.items():
        yield harness.Backend(
            name=name,
            summary="for tests",
            load=partial(load, fault, {}),
            formats=(fault.format,),
            requires=("onnxruntime",),
        )
