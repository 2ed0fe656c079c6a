"""Depth: how many layers lie on the longest path, by the definitions in use."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from harness.graph.layers import Layer
    from harness.graph.model import Operator

_WEIGHTED = frozenset({"convolution", "dense"})


def weighted(layers: Sequence[Layer]) -> int:
    """Return the most convolution and dense layers on a path (VGG16 16, ResNet50 50).

    The path through a squeeze-excite block is the longer one: its two layers count.
    """
    return _longest(layers, lambda layer: int(layer.kind in _WEIGHTED), start=0)


def topological(layers: Sequence[Layer]) -> int:
    """Return the depth that Keras publishes, from a graph that keeps its batch norm.

    The input, a convolution, a dense layer, a normalisation, a pool and a merge of paths count 1.
    An activation counts 1, but nothing where it belongs to the convolution or dense layer before
    it; a pointwise convolution counts nothing directly after its depthwise one. All else (scaling,
    reshaping, dropout, softmax) counts nothing.
    """
    by_name = {layer.name: layer for layer in layers}

    def cost(layer: Layer) -> int:
        before = by_name.get(layer.inputs[0])
        if layer.kind == "convolution":
            return int(not (_pointwise(layer) and before is not None and _depthwise(before)))
        if layer.kind == "activation":
            while before is not None and before.kind == "other":
                before = by_name.get(before.inputs[0])
            return int(before is None or before.kind not in _WEIGHTED)
        return int(layer.kind != "other")

    return _longest(layers, cost, start=1)


def nodes(operators: Sequence[Operator]) -> int:
    """Return the length of the longest path, in nodes; constants are none."""
    reach: dict[str, int] = {}
    for node in operators:
        length = 1 + max((reach.get(name, 0) for name in node.inputs), default=0)
        reach.update(dict.fromkeys(node.outputs, length))
    return max(reach.values(), default=0)


def _longest(layers: Sequence[Layer], cost: Callable[[Layer], int], start: int) -> int:
    reach: dict[str, int] = {}
    for layer in layers:
        reach[layer.name] = cost(layer) + max(reach.get(name, start) for name in layer.inputs)
    return max(reach.values(), default=start)


def _depthwise(layer: Layer) -> bool:
    return layer.kind == "convolution" and 1 < layer.groups == layer.input_shapes[0][1]


def _pointwise(layer: Layer) -> bool:
    return layer.groups == 1 and set(layer.kernel) == {1}
