"""Comparison, truth and bits, cell by cell, with NumPy's broadcasting."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness_numpy.operator import cellwise

if TYPE_CHECKING:
    from harness_numpy.operator import Array, Versions


def is_infinite(x: Array, *, detect_negative: int = 1, detect_positive: int = 1) -> Array:
    """Return whether x is one of the infinities asked for (IsInf-20)."""
    return np.isinf(x) & (((x < 0) & bool(detect_negative)) | ((x > 0) & bool(detect_positive)))


def shifted(x: Array, by: Array, *, direction: str) -> Array:
    """Return x with its bits moved, those beyond the end lost (BitShift-28)."""
    return np.left_shift(x, by) if direction == "LEFT" else np.right_shift(x, by)


OPERATORS: dict[str, Versions] = {
    "And": {7: cellwise(np.logical_and)},
    "BitShift": {11: shifted},
    "BitwiseAnd": {18: cellwise(np.bitwise_and)},
    "BitwiseNot": {18: cellwise(np.bitwise_not)},
    "BitwiseOr": {18: cellwise(np.bitwise_or)},
    "BitwiseXor": {18: cellwise(np.bitwise_xor)},
    "Equal": {7: cellwise(np.equal)},
    "Greater": {7: cellwise(np.greater)},
    "GreaterOrEqual": {12: cellwise(np.greater_equal)},
    "IsInf": {10: is_infinite},
    "IsNaN": {9: cellwise(np.isnan)},
    "Less": {7: cellwise(np.less)},
    "LessOrEqual": {12: cellwise(np.less_equal)},
    "Not": {7: cellwise(np.logical_not)},
    "Or": {7: cellwise(np.logical_or)},
    "Where": {9: cellwise(np.where)},
    "Xor": {7: cellwise(np.logical_xor)},
}
