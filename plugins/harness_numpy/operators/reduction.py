"""Reductions over axes, which are an attribute in older opsets and an input in newer ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from harness_numpy.operator import Array, Operator, Versions


def _norm(x: Array, axis: tuple[int, ...] | None, *, keepdims: bool) -> Array:
    """Return the square root of the sum of squares (ReduceL2-18)."""
    return np.asarray(np.sqrt(np.square(x).sum(axis, keepdims=keepdims)))


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
        return x if noop_with_empty_axes else reduce(x, keepdims=keepdims)

    return reduction


def argmax(x: Array, *, axis: int = 0, keepdims: int = 1, select_last_index: int = 0) -> Array:
    """Return the index of the maximum, the first or the last of equals (ArgMax-13)."""
    if select_last_index:
        x = np.flip(x, axis)
    first = np.argmax(x, axis, keepdims=bool(keepdims))
    return np.asarray(x.shape[axis] - 1 - first if select_last_index else first)


OPERATORS: dict[str, Versions] = {
    "ArgMax": {7: argmax},
    "ReduceL2": {7: _by_attribute(_norm), 18: _by_input(_norm)},
    "ReduceMax": {7: _by_attribute(np.max), 18: _by_input(np.max)},
    "ReduceMean": {7: _by_attribute(np.mean), 18: _by_input(np.mean)},
    "ReduceMin": {7: _by_attribute(np.min), 18: _by_input(np.min)},
    "ReduceSum": {7: _by_attribute(np.sum), 13: _by_input(np.sum)},
}
