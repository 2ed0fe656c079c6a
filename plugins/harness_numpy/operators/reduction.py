"""Reductions over axes, which are an attribute in older opsets and an input in newer ones.

A reduction over no axes (`noop_with_empty_axes`) still takes its squares or logarithms; one over
no cells gives what changes nothing: 0 for a sum, 1 for a product, -inf for a maximum.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from scipy import special

from harness_numpy.operator import highest, lowest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from harness_numpy.operator import Array, Operator, Versions

Axes: TypeAlias = "tuple[int, ...] | None"


def _l1(x: Array, axis: Axes, *, keepdims: bool) -> Array:
    """Return the sum of |x| (ReduceL1-18)."""
    return np.asarray(np.abs(x).sum(axis, keepdims=keepdims))


def _l2(x: Array, axis: Axes, *, keepdims: bool) -> Array:
    """Return the square root of the sum of squares (ReduceL2-18)."""
    return np.asarray(np.sqrt(np.square(x).sum(axis, keepdims=keepdims)))


def _log_sum(x: Array, axis: Axes, *, keepdims: bool) -> Array:
    """Return log(sum of x) (ReduceLogSum-18)."""
    return np.asarray(np.log(x.sum(axis, keepdims=keepdims)))


def _log_sum_exp(x: Array, axis: Axes, *, keepdims: bool) -> Array:
    """Return log(sum of exp(x)), shifted so that it stays finite (ReduceLogSumExp-18)."""
    return np.asarray(special.logsumexp(x, axis, keepdims=keepdims))


def _max(x: Array, axis: Axes, *, keepdims: bool) -> Array:
    """Return the maximum, the lowest value of none (ReduceMax-20)."""
    return np.asarray(np.max(x, axis, keepdims=keepdims, initial=lowest(x.dtype)))


def _min(x: Array, axis: Axes, *, keepdims: bool) -> Array:
    """Return the minimum, the highest value of none (ReduceMin-20)."""
    return np.asarray(np.min(x, axis, keepdims=keepdims, initial=highest(x.dtype)))


def _sum_square(x: Array, axis: Axes, *, keepdims: bool) -> Array:
    """Return the sum of squares (ReduceSumSquare-18)."""
    return np.asarray(np.square(x).sum(axis, keepdims=keepdims))


def _by_attribute(function: Callable[..., Array]) -> Operator:
    def reduction(x: Array, *, axes: Sequence[int] | None = None, keepdims: int = 1) -> Array:
        axis = None if axes is None else tuple(axes)
        return np.asarray(function(x, axis, keepdims=bool(keepdims))).astype(x.dtype, copy=False)

    return reduction


def _by_input(function: Callable[..., Array]) -> Operator:
    reduce = _by_attribute(function)

    def reduction(
        x: Array, axes: Array | None = None, *, keepdims: int = 1, noop_with_empty_axes: int = 0
    ) -> Array | tuple[Array, ...]:
        if axes is not None and axes.size:
            return reduce(x, axes=axes.tolist(), keepdims=keepdims)
        return reduce(x, axes=() if noop_with_empty_axes else None, keepdims=keepdims)

    return reduction


FUNCTIONS: dict[str, Callable[..., Array]] = {
    "ReduceL1": _l1,
    "ReduceL2": _l2,
    "ReduceLogSum": _log_sum,
    "ReduceLogSumExp": _log_sum_exp,
    "ReduceMax": _max,
    "ReduceMean": np.mean,
    "ReduceMin": _min,
    "ReduceProd": np.prod,
    "ReduceSumSquare": _sum_square,
}

OPERATORS: dict[str, Versions] = {
    name: {7: _by_attribute(function), 18: _by_input(function)}
    for name, function in FUNCTIONS.items()
} | {"ReduceSum": {7: _by_attribute(np.sum), 13: _by_input(np.sum)}}
