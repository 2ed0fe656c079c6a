"""The layers of a graph, each with all that can be said of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.graph.fields import follow, of_image
from harness.graph.kinds import kind_of
from harness.graph.model import elements
from harness.graph.windows import slides, window

if TYPE_CHECKING:
    from harness.graph.fields import Fields
    from harness.graph.kinds import Kind
    from harness.graph.model import Graph, Operator, Shape
    from harness.graph.reach import ReceptiveField

_FILLABLE = frozenset({
    "Conv", "ConvTranspose", "BatchNormalization", "InstanceNormalization", "GroupNormalization",
    "LayerNormalization", "RMSNormalization",
})  # fmt: skip
_WITH_WEIGHTS = _FILLABLE | {"Gemm", "MatMul", "PRelu"}
_ARITHMETIC = frozenset({"Add", "Sub", "Mul", "Div"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One node that image data flows through; sizes and counts are those of one image.

    Entries of `kernel`, `stride`, `pads` and `dilation` follow the spatial axes (height, width);
    they are empty for a layer without a sliding window.
    """

    name: str
    module: str = ""
    """The module of the network that it is (`layer1.0.conv1`), where torch's exporter says so."""
    op: str
    """The ONNX operator."""
    kind: Kind
    inputs: tuple[str, ...]
    """The layers that it reads; the image goes by its own name."""
    input_shapes: tuple[Shape, ...]
    shape: Shape
    """Of the output; None stands for the batch."""
    kernel: tuple[int, ...] = ()
    stride: tuple[int, ...] = ()
    pads: tuple[tuple[int, int], ...] = ()
    """Before and after."""
    dilation: tuple[int, ...] = ()
    ceil_mode: bool = False
    """Whether a pool's output length is rounded up."""
    output_padding: tuple[int, ...] = ()
    """What a transposed convolution adds behind its output."""
    groups: int = 1
    weights: dict[str, Shape]
    """The shapes of the parameters stored in it, by name."""
    statistics: tuple[str, ...] = ()
    """Those of its weights that are a batch norm's running mean and variance."""
    parameters: int
    """The elements of all its weights."""
    macs: int
    """Multiply-accumulates of a convolution or dense layer; biases are not counted."""
    receptive_field: tuple[ReceptiveField, ...] | None
    """By spatial axis; None when an element sees the whole image."""
    smallest_field: tuple[ReceptiveField, ...] | None
    """The same along the path that sees least."""


def layers(graph: Graph) -> tuple[Layer, ...]:
    """Return the layers in order of computation."""
    image = graph.shapes[graph.image]
    fields: dict[str, Fields] = {graph.image: of_image(len(image), graph.spatial)}
    narrowest = dict(fields)
    makers = {graph.image: graph.image}
    producers: dict[str, Operator] = {}
    found: dict[str, Layer] = {}
    for node in graph.operators:
        read = [name for name in node.inputs if name in graph.computed]
        if not read or node.outputs[0] not in graph.computed:
            continue
        name = node.name if node.name not in {"", graph.image, *found} else node.outputs[0]
        sliding = window(node, graph) if slides(node) else None
        seen = follow(node, fields, graph)
        least = follow(node, narrowest, graph, narrowest=True)
        weights = _weights(node, graph)
        kind = kind_of(node, read, graph, producers)
        found[name] = Layer(
            name=name,
            module=node.module,
            op=node.op,
            kind=kind,
            inputs=tuple(makers.get(each, each) for each in read),
            input_shapes=tuple(graph.shapes[each] for each in read),
            shape=graph.shapes[node.outputs[0]],
            kernel=sliding.kernel if sliding else (),
            stride=sliding.stride if sliding else (),
            pads=sliding.pads if sliding else (),
            dilation=sliding.dilation if sliding else (),
            ceil_mode=bool(node.attributes.get("ceil_mode", 0)),
            output_padding=tuple(node.attributes.get("output_padding", ())),
            groups=node.attributes.get("group", 1),
            weights=weights,
            statistics=tuple(
                each
                for each in node.inputs[3:5]
                if node.op == "BatchNormalization" and each in weights
            ),
            parameters=sum(elements(shape) for shape in weights.values()),
            macs=_macs(node, kind, graph),
            receptive_field=_along_positions(seen),
            smallest_field=_along_positions(least),
        )
        for output in node.outputs:
            fields[output], narrowest[output] = seen, least
            makers[output] = name
            producers[output] = node
    return tuple(found.values())


def _along_positions(fields: Fields) -> tuple[ReceptiveField, ...] | None:
    return None if fields is None else tuple(each for each in fields if each)


def _weights(node: Operator, graph: Graph) -> dict[str, Shape]:
    """Return the shapes of the parameters that a node reads.

    A scalar in arithmetic (a scale, an epsilon) is a constant, not a parameter, and so is what
    the exporter fills in for the bias or scale that a convolution or normalisation lacks.
    """
    found = {}
    for name in node.inputs:
        if name not in graph.floats or name not in graph.shapes:
            continue
        shape = graph.shapes[name]
        filled = name in graph.filled and node.op in _FILLABLE
        weight = node.op in _WITH_WEIGHTS and not filled
        if name in graph.declared or weight or (node.op in _ARITHMETIC and elements(shape) > 1):
            found[name] = shape
    return found


def _macs(node: Operator, kind: Kind, graph: Graph) -> int:
    """Return the multiply-accumulates of a convolution or dense layer, for one image."""
    if kind not in {"convolution", "dense"}:
        return 0
    source, weight = (graph.shapes[each] for each in node.inputs[:2])
    target = graph.shapes[node.outputs[0]]
    if node.op == "Conv":
        return elements(target) * elements(weight[1:])
    if node.op == "ConvTranspose":
        return elements(source) * elements(weight[1:])
    if node.op == "Gemm":
        return elements(target) * elements(weight[1 if node.attributes.get("transB") else 0 :][:1])
    return elements(target) * elements(source[-1:])
