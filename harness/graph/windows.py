"""The sliding window of a convolution or a pool."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.graph.model import Graph, Operator

_SLIDING = frozenset({"Conv", "ConvTranspose", "MaxPool", "AveragePool", "LpPool"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """One entry for each spatial axis; `pads` holds what is added before and after."""

    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    pads: tuple[tuple[int, int], ...]
    dilation: tuple[int, ...]

    def axes(self) -> Iterator[tuple[int, int, tuple[int, int], int]]:
        """Yield kernel, stride, pads and dilation of each axis."""
        return zip(self.kernel, self.stride, self.pads, self.dilation, strict=True)


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
    upper = auto == "SAME_UPPER"
    axes = zip(_lengths(node.inputs[0], graph), kernel, stride, dilation, strict=True)
    if node.op == "ConvTranspose" and ("output_shape" in given or auto.startswith("SAME")):
        lengths = _lengths(node.outputs[0], graph)
        extra = given.get("output_padding") or (0,) * len(kernel)
        pairs = tuple(
            _cut(*axis, length, more, upper=upper)
            for axis, length, more in zip(axes, lengths, extra, strict=True)
        )
    elif auto.startswith("SAME"):
        pairs = tuple(_same(*axis, upper=upper) for axis in axes)
    return Window(kernel=kernel, stride=stride, pads=pairs, dilation=dilation)


def _lengths(tensor: str, graph: Graph) -> tuple[int, ...]:
    return tuple(length or 0 for length in graph.shapes[tensor][2:])


def _same(length: int, taps: int, stride: int, dilation: int, *, upper: bool) -> tuple[int, int]:
    """Return the padding that makes the output ceil(length / stride) long."""
    steps = -(-length // stride) - 1
    total = max(steps * stride + (taps - 1) * dilation + 1 - length, 0)
    less, more = total // 2, total - total // 2
    return (less, more) if upper else (more, less)


def _cut(  # noqa: PLR0913, PLR0917 - what the length of one axis comes from
    length: int, taps: int, stride: int, dilation: int, target: int, more: int, *, upper: bool
) -> tuple[int, int]:
    """Return the padding by which a transposed convolution's output becomes `target` long."""
    total = (length - 1) * stride + (taps - 1) * dilation + 1 + more - target
    less = total // 2
    return (less, total - less) if upper else (total - less, less)
