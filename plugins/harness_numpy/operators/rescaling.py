"""Normalisation without weights."""

from __future__ import annotations

import math
from functools import reduce
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness_numpy.operator import Array, Versions


def local_response_normalisation(
    x: Array, *, size: int, alpha: float = 1e-4, beta: float = 0.75, bias: float = 1.0
) -> Array:
    """Return x / (bias + alpha / size total) ** beta (LRN-13).

    `total` is the sum of x² over `size` neighbouring channels.
    """
    before, after = (size - 1) // 2, math.ceil((size - 1) / 2)
    beyond = [(0, 0), (before, after)] + [(0, 0)] * (x.ndim - 2)
    squares = np.pad(np.square(x), beyond)
    channels = x.shape[1]
    total: Array = reduce(np.add, (squares[:, i : i + channels] for i in range(size)))
    return np.asarray(x / (bias + alpha / size * total) ** beta)


def lp_normalisation(x: Array, *, axis: int = -1, p: int = 2) -> Array:
    """Return x / its p-norm along an axis, 0 where that is 0 (LpNormalization-22)."""
    norm = np.linalg.norm(x, p, axis, keepdims=True)
    return x / np.where(norm == 0, 1, norm)


def mean_variance_normalisation(x: Array, *, axes: Sequence[int] = (0, 2, 3)) -> Array:
    """Return (x - mean) / (deviation + 1e-9) over axes (MeanVarianceNormalization-13)."""
    over = tuple(axes)
    mean: Array = x.mean(over, keepdims=True)
    deviation: Array = x.std(over, keepdims=True)
    return (x - mean) / (deviation + 1e-9)


OPERATORS: dict[str, Versions] = {
    "LRN": {7: local_response_normalisation},
    "LpNormalization": {7: lp_normalisation},
    "MeanVarianceNormalization": {9: mean_variance_normalisation},
}
