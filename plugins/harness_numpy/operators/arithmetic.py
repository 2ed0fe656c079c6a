"""Arithmetic and comparison, cell by cell, with NumPy's broadcasting (ONNX's since opset 7)."""

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


def power(a: Array, b: Array) -> Array:
    """Return a to the power of b, in the type of a (Pow-15)."""
    return np.power(a, b).astype(a.dtype, copy=False)


def total(*inputs: Array) -> Array:
    """Return the sum of all inputs (Sum-13)."""
    return reduce(np.add, inputs)


def largest(*inputs: Array) -> Array:
    """Return the maximum over all inputs (Max-13)."""
    return reduce(np.maximum, inputs)


def smallest(*inputs: Array) -> Array:
    """Return the minimum over all inputs (Min-13)."""
    return reduce(np.minimum, inputs)


def clip(x: Array, lowest: Array | None = None, highest: Array | None = None) -> Array:
    """Return min(max(x, lowest), highest); a limit left out does not apply (Clip-13)."""
    y = x if lowest is None else np.maximum(x, lowest)
    return y if highest is None else np.minimum(y, highest)


def clip_by_attributes(x: Array, *, min: float = -np.inf, max: float = np.inf) -> Array:  # noqa: A002 - the attributes' names
    """Return Clip with the limits as attributes (Clip-6)."""
    return np.minimum(np.maximum(x, min), max)


def reciprocal(x: Array) -> Array:
    """Return 1 / x (Reciprocal-13)."""
    return 1 / x


OPERATORS: dict[str, Versions] = {
    "Abs": {7: cellwise(np.abs)},
    "Add": {7: cellwise(np.add)},
    "And": {7: cellwise(np.logical_and)},
    "Ceil": {7: cellwise(np.ceil)},
    "Clip": {7: clip_by_attributes, 11: clip},
    "Div": {7: divide},
    "Equal": {7: cellwise(np.equal)},
    "Exp": {7: cellwise(np.exp)},
    "Floor": {7: cellwise(np.floor)},
    "Greater": {7: cellwise(np.greater)},
    "GreaterOrEqual": {12: cellwise(np.greater_equal)},
    "Less": {7: cellwise(np.less)},
    "LessOrEqual": {12: cellwise(np.less_equal)},
    "Log": {7: cellwise(np.log)},
    "Max": {7: largest},
    "Min": {7: smallest},
    "Mul": {7: cellwise(np.multiply)},
    "Neg": {7: cellwise(np.negative)},
    "Not": {7: cellwise(np.logical_not)},
    "Or": {7: cellwise(np.logical_or)},
    "Pow": {7: power},
    "Reciprocal": {7: reciprocal},
    "Sqrt": {7: cellwise(np.sqrt)},
    "Sub": {7: cellwise(np.subtract)},
    "Sum": {7: total},
    "Where": {9: cellwise(np.where)},
}
