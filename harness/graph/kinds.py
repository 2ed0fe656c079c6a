"""What kind of layer an operator makes."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING, Literal, TypeAlias

from harness.graph.model import reduced

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.graph.model import Graph, Operator

Kind: TypeAlias = Literal[
    "convolution", "dense", "normalisation", "activation", "pool", "merge", "other"
]

ACTIVATIONS = frozenset({
    "Celu", "Clip", "Elu", "Gelu", "HardSigmoid", "HardSwish", "LeakyRelu", "Mish", "PRelu", "Relu",
    "Selu", "Sigmoid", "Softplus", "Softsign", "Swish", "Tanh", "ThresholdedRelu",
})  # fmt: skip
MERGES = frozenset({"Add", "Concat", "Div", "Max", "Mean", "Min", "Mul", "Sub", "Sum"})
_NORMALISATIONS = frozenset({
    "BatchNormalization", "GroupNormalization", "InstanceNormalization", "LayerNormalization",
    "LRN", "LpNormalization", "MeanVarianceNormalization", "RMSNormalization",
})  # fmt: skip
_POOLS = frozenset({
    "AveragePool", "MaxPool", "LpPool", "GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool",
})  # fmt: skip
_KINDS: dict[str, Kind] = {
    "Conv": "convolution",
    "ConvTranspose": "convolution",
    **dict.fromkeys(ACTIVATIONS, "activation"),
    **dict.fromkeys(_NORMALISATIONS, "normalisation"),
    **dict.fromkeys(_POOLS, "pool"),
}
_PLANE = 2


def kind_of(
    node: Operator, read: Sequence[str], graph: Graph, producers: Mapping[str, Operator]
) -> Kind:
    """Return the kind of a node that reads these computed tensors.

    A dense layer multiplies by a constant; a merge joins what was computed apart. The product in
    x * sigmoid(x) and its like belongs to the activation and is `other`, as is arithmetic with a
    constant.
    """
    if node.op in {"Gemm", "MatMul"}:
        return "merge" if set(node.inputs[:2]) <= graph.computed else "dense"
    if node.op in {"ReduceMean", "ReduceMax"} and len(reduced(node, graph)) == _PLANE:
        return "pool"
    if node.op in MERGES and len(set(read)) > 1 and not _gates_itself(node, read, producers):
        return "merge"
    return _KINDS.get(node.op, "other")


def _gates_itself(node: Operator, read: Sequence[str], producers: Mapping[str, Operator]) -> bool:
    """Whether this is the product in x * f(x) where f is an activation."""
    pairs = permutations(read, 2) if node.op == "Mul" else ()
    return any(
        gate in producers and producers[gate].op in ACTIVATIONS and value in producers[gate].inputs
        for gate, value in pairs
    )
