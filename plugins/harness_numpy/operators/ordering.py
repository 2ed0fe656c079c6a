"""Order and running totals along an axis."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness_numpy.operator import Array, Operator, Versions


def _index(function: Callable[..., Array]) -> Operator:
    def operator(
        x: Array, *, axis: int = 0, keepdims: int = 1, select_last_index: int = 0
    ) -> Array:
        """Return an index along an axis, the first or the last of equals (ArgMax-13, ArgMin-13)."""
        if not select_last_index:
            return np.asarray(function(x, axis, keepdims=bool(keepdims)))
        last = function(np.flip(x, axis), axis, keepdims=bool(keepdims))
        return np.asarray(x.shape[axis] - 1 - last)

    return operator


def top_k(
    x: Array,
    k: Array,
    *,
    axis: int = -1,
    largest: int = 1,
    sorted: int = 1,  # noqa: A002, ARG001 - the attribute's name; they are sorted in any case
) -> tuple[Array, Array]:
    """Return the k largest or smallest and their indices, the first of equals first (TopK-24)."""
    if largest:  # turned round twice, so that of equals the first stays the first
        order = x.shape[axis] - 1 - np.flip(np.flip(x, axis).argsort(axis, kind="stable"), axis)
    else:
        order = x.argsort(axis, kind="stable")
    indices = np.take(order, np.arange(int(k.item())), axis)
    return np.take_along_axis(x, indices, axis), indices


def top_k_by_attribute(x: Array, *, k: int, axis: int = -1) -> tuple[Array, Array]:
    """Return TopK with k as an attribute (TopK-1)."""
    return top_k(x, np.array(k), axis=axis)


def _running(function: Callable[..., Array], start: int) -> Operator:
    def operator(x: Array, axis: Array, *, exclusive: int = 0, reverse: int = 0) -> Array:
        """Return what has come together up to each cell, itself left out if `exclusive`.

        CumSum-14, CumProd-26.
        """
        along = int(axis.item())
        ordered = np.flip(x, along) if reverse else x
        y = function(ordered, along, dtype=x.dtype)
        if exclusive:
            y = np.roll(y, 1, along)
            np.moveaxis(y, along, 0)[0] = start
        return np.flip(y, along) if reverse else y

    return operator


OPERATORS: dict[str, Versions] = {
    "ArgMax": {7: _index(np.argmax)},
    "ArgMin": {7: _index(np.argmin)},
    "CumProd": {26: _running(np.cumprod, 1)},
    "CumSum": {11: _running(np.cumsum, 0)},
    "TopK": {7: top_k_by_attribute, 10: top_k},
}
