"""Integers for floating point, and back: a scale and a zero point for all, or for each channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from harness_numpy.operator import Array, Versions


def quantise(x: Array, scale: Array, zero_point: Array | None = None, *, axis: int = 1) -> Array:
    """Return x / scale + zero point, rounded half to even and cut off (QuantizeLinear-13)."""
    zero = np.zeros((), np.uint8) if zero_point is None else zero_point
    limits = np.iinfo(zero.dtype)
    y = np.rint(x / _along(scale, x, axis)) + _along(zero, x, axis)
    return np.asarray(y.clip(limits.min, limits.max).astype(zero.dtype))


def dequantise(x: Array, scale: Array, zero_point: Array | None = None, *, axis: int = 1) -> Array:
    """Return (x - zero point) scale (DequantizeLinear-13)."""
    y = x.astype(scale.dtype)
    if zero_point is not None:
        y = y - _along(zero_point, x, axis).astype(scale.dtype)
    return np.asarray(y * _along(scale, x, axis))


def _along(values: Array, x: Array, axis: int) -> Array:
    """Return values that broadcast to x: one, or one for each place along an axis."""
    if values.size == 1:
        return values.reshape(())
    sides = [1] * x.ndim
    sides[axis] = -1
    return values.reshape(sides)


OPERATORS: dict[str, Versions] = {
    "DequantizeLinear": {10: dequantise},
    "QuantizeLinear": {10: quantise},
}
