"""The sliding window of a convolution or a pool."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.graph.model import Graph, Operator

_SLIDING = frozenset({"Conv", "ConvTranspose", "MaxPool", "AveragePool", "LpPool"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """One entry for each spatial axis; `pads` holds what is added before and after."""

    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    pads: tuple[tuple[int, int], ...]
    dilation: tuple[int, ...]


def slides(node: Operator) -> bool:
    """Whether a node has a window."""
    return node.op in _SLIDING


def window(node: Operator, graph: Graph) -> Window:
    """Return the window of a convolution or a pool that is not global."""
    given = node.attributes
    kernel = tuple(given.get("kernel_shape") or _lengths(node.inputs[1], graph))
    stride = tuple(given.get("strides") or (1,) * len(kernel))
    dilation = tuple(given.get("dilations") or (1,) * len(kernel))
    pads = tuple(given.get("pads") or (0,) * (2 * len(kernel)))
    pairs = tuple(zip(pads[: len(kernel)], pads[len(kernel) :], strict=True))
    auto = given.get("auto_pad", b"NOTSET").decode()
    if auto.startswith("SAME") and node.op != "ConvTranspose":
        pairs = tuple(
            _same(*axis, upper=auto == "SAME_UPPER")
            for axis in zip(_lengths(node.inputs[0], graph), kernel, stride, dilation, strict=True)
        )
    return Window(kernel=kernel, stride=stride, pads=pairs, dilation=dilation)


def _lengths(tensor: str, graph: Graph) -> tuple[int, ...]:
    return tuple(length or 0 for length in graph.shapes[tensor][2:])


def _same(length: int, taps: int, stride: int, dilation: int, *, upper: bool) -> tuple[int, int]:
    """Return the padding that makes the output ceil(length / stride) long."""
    steps = -(-length // stride) - 1
    total = max(steps * stride + (taps - 1) * dilation + 1 - length, 0)
    less, more = total // 2, total - total // 2
    return (less, more) if upper else (more, less)
