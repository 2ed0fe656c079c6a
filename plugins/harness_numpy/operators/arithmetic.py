"""Arithmetic cell by cell, with NumPy's broadcasting (ONNX's since opset 7)."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

import numpy as np

from harness_numpy.operator import cellwise

if TYPE_CHECKING:
    from harness_numpy.operator import Array, Versions


def divide(a: Array, b: Array) -> Array:
    """Return a / b; integers are truncated towards zero (Div-14)."""
    if a.dtype.kind in "iu":
        return (a - np.fmod(a, b)) // b
    return a / b


def modulo(a: Array, b: Array, *, fmod: int = 0) -> Array:
    """Return the remainder of a / b, with the sign of b, or of a with `fmod` (Mod-28)."""
    return np.fmod(a, b) if fmod else np.mod(a, b)


def power(a: Array, b: Array) -> Array:
    """Return a to the power of b, in the type of a (Pow-15)."""
    return np.power(a, b).astype(a.dtype, copy=False)


def total(*inputs: Array) -> Array:
    """Return the sum of all inputs (Sum-13)."""
    return reduce(np.add, inputs)


def mean(*inputs: Array) -> Array:
    """Return the mean over all inputs (Mean-13)."""
    return total(*inputs) / len(inputs)


def largest(*inputs: Array) -> Array:
    """Return the maximum over all inputs (Max-13)."""
    return reduce(np.maximum, inputs)


def smallest(*inputs: Array) -> Array:
    """Return the minimum over all inputs (Min-13)."""
    return reduce(np.minimum, inputs)


def clip(
    x: Array,
    lowest: Array | None = None,
    highest: Array | None = None,
    *,
    out: Array | None = None,
) -> Array:
    """Return min(max(x, lowest), highest); a limit left out does not apply (Clip-13)."""
    y = np.positive(x, out=out) if lowest is None else np.maximum(x, lowest, out=out)
    return y if highest is None else np.minimum(y, highest, out=y)


def clip_by_attributes(x: Array, *, min: float = -np.inf, max: float = np.inf) -> Array:  # noqa: A002 - the attributes' names
    """Return Clip with the limits as attributes (Clip-6)."""
    return np.minimum(np.maximum(x, min), max)


def reciprocal(x: Array) -> Array:
    """Return 1 / x (Reciprocal-13)."""
    return 1 / x


OPERATORS: dict[str, Versions] = {
    "Abs": {7: cellwise(np.abs)},
    "Add": {7: cellwise(np.add)},
    "Ceil": {7: cellwise(np.ceil)},
    "Clip": {7: clip_by_attributes, 11: clip},
    "Div": {7: divide},
    "Exp": {7: cellwise(np.exp)},
    "Floor": {7: cellwise(np.floor)},
    "Log": {7: cellwise(np.log)},
    "Max": {7: largest},
    "Mean": {7: mean},
    "Min": {7: smallest},
    "Mod": {10: modulo},
    "Mul": {7: cellwise(np.multiply)},
    "Neg": {7: cellwise(np.negative)},
    "Pow": {7: power},
    "Reciprocal": {7: reciprocal},
    "Round": {11: cellwise(np.rint)},
    "Sign": {9: cellwise(np.sign)},
    "Sqrt": {7: cellwise(np.sqrt)},
    "Sub": {7: cellwise(np.subtract)},
    "Sum": {7: total},
}
