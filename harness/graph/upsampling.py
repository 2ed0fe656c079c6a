"""Which input positions the output positions of an upsampling layer are made from."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.graph.model import Graph, Operator

Taps: TypeAlias = list[list[int]]
"""What each of the first output positions reads; the next ones read the same, one further on."""

_HALF = Fraction(1, 2)
_NEAREST: dict[bytes, Callable[[Fraction], int]] = {
    b"round_prefer_floor": lambda place: ceil(place - _HALF),
    b"round_prefer_ceil": lambda place: floor(place + _HALF),
    b"floor": floor,
    b"ceil": ceil,
}
_REACHED: dict[bytes, tuple[int, ...]] = {
    b"nearest": (),
    b"linear": (0, 1),
    b"cubic": (-1, 0, 1, 2),
}
"""The neighbours that are mixed, from the one before on."""
_SHIFTS = {b"asymmetric": Fraction(0), b"half_pixel": _HALF, b"pytorch_half_pixel": _HALF}


def taps(kernel: int, stride: int, pads: tuple[int, int], dilation: int) -> Taps:
    """Return those of a transposed convolution along one axis."""
    reached = [
        [place + pads[0] - tap * dilation for tap in range(kernel)] for place in range(stride)
    ]
    return [[each // stride for each in places if each % stride == 0] for places in reached]


def resized(node: Operator, graph: Graph) -> list[Taps] | None:
    """Return those of each spatial axis, or None unless lengths are multiplied by whole numbers."""
    source, target = graph.shapes[node.inputs[0]], graph.shapes[node.outputs[0]]
    found = []
    for before, after in zip(source[2:], target[2:], strict=True):
        if not before or not after or after % before:
            return None
        mapped = _mapped(node, after // before)
        if mapped is None:
            return None
        found.append(mapped)
    return found


def _mapped(node: Operator, factor: int) -> Taps | None:
    """Return what output positions read of one axis; None where it is not the same all along."""
    if factor == 1:
        return [[0]]
    given, old = node.attributes, node.op == "Upsample"
    shift = _SHIFTS.get(
        given.get("coordinate_transformation_mode", b"asymmetric" if old else b"half_pixel")
    )
    reached = _REACHED.get(given.get("mode", b"nearest"))
    rounded = _NEAREST.get(given.get("nearest_mode", b"floor" if old else b"round_prefer_floor"))
    if shift is None or reached is None or rounded is None:
        return None
    places = [(place + shift) / factor - shift for place in range(factor)]
    if not reached:
        return [[rounded(each)] for each in places]
    return [
        [floor(each) + step for step in (reached if each != floor(each) else (0,))]
        for each in places
    ]
