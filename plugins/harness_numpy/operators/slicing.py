"""Taking tensors apart and putting them together."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from harness_numpy.operator import cellwise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness_numpy.operator import Array, Versions

PadMode: TypeAlias = Literal["constant", "reflect", "edge", "wrap"]


def concat(*inputs: Array, axis: int) -> Array:
    """Return the inputs one after the other along an axis (Concat-13)."""
    return np.concatenate(inputs, axis)


def split_into(
    x: Array, lengths: Array | Sequence[int] | None = None, *, axis: int = 0, num_outputs: int
) -> tuple[Array, ...]:
    """Return parts of given lengths, or equal ones of which the last may be shorter (Split-18)."""
    if lengths is None:
        lengths = [-(-x.shape[axis] // num_outputs)] * num_outputs
    return tuple(np.split(x, np.cumsum(lengths)[:-1], axis))


def split_by_attribute(
    x: Array, *, axis: int = 0, split: Sequence[int] | None = None, num_outputs: int
) -> tuple[Array, ...]:
    """Return Split with the lengths as an attribute (Split-11)."""
    return split_into(x, split, axis=axis, num_outputs=num_outputs)


def strided(
    x: Array,
    starts: Array | Sequence[int],
    ends: Array | Sequence[int],
    axes: Array | Sequence[int] | None = None,
    steps: Array | Sequence[int] | None = None,
) -> Array:
    """Return every step-th cell from start to end on some axes (Slice-13)."""
    axes = range(len(starts)) if axes is None else axes
    steps = [1] * len(starts) if steps is None else steps
    index = [slice(None)] * x.ndim
    for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
        index[axis] = slice(start, end, step)
    return x[tuple(index)]


def slice_by_attributes(
    x: Array, *, starts: Sequence[int], ends: Sequence[int], axes: Sequence[int] | None = None
) -> Array:
    """Return Slice with the ranges as attributes (Slice-1)."""
    return strided(x, starts, ends, axes)


def pad(
    x: Array,
    pads: Array | Sequence[int],
    value: Array | float | None = None,
    axes: Array | None = None,
    *,
    mode: PadMode = "constant",
) -> Array:
    """Return x with cells added before and after its sides, cut off where negative (Pad-25)."""
    widths = np.zeros((x.ndim, 2), np.int64)
    widths[slice(None) if axes is None else axes] = np.reshape(pads, (2, -1)).T
    within = [
        slice(max(0, -before), side + min(0, after))
        for side, (before, after) in zip(x.shape, widths.tolist(), strict=True)
    ]
    kept, added = x[tuple(within)], np.maximum(widths, 0)
    if mode == "constant":
        return np.pad(kept, added, constant_values=0 if value is None else value)
    return np.pad(kept, added, mode=mode)


def pad_by_attributes(
    x: Array, *, pads: Sequence[int], mode: PadMode = "constant", value: float = 0
) -> Array:
    """Return Pad with the widths as an attribute (Pad-2)."""
    return pad(x, pads, value, mode=mode)


def progression(start: Array, limit: Array, delta: Array) -> Array:
    """Return start, start + delta, ... below limit (Range-27)."""
    count = max(0, math.ceil((limit - start) / delta))
    return np.asarray(start + np.arange(count, dtype=start.dtype) * delta)


def triangle(x: Array, k: Array | None = None, *, upper: int = 1) -> Array:
    """Return matrices with 0 below (`upper`) or above their k-th diagonal (Trilu-14)."""
    diagonal = 0 if k is None else int(k)
    return np.triu(x, diagonal) if upper else np.tril(x, diagonal)


OPERATORS: dict[str, Versions] = {
    "Concat": {7: concat},
    "Pad": {7: pad_by_attributes, 11: pad},
    "Range": {11: progression},
    "Slice": {7: slice_by_attributes, 10: strided},
    "Split": {7: split_by_attribute, 13: split_into},
    "Tile": {7: cellwise(np.tile)},
    "Trilu": {14: triangle},
}
