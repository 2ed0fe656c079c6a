"""Reading and writing cells by their indices."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from harness_numpy.operator import Array, Versions

COMBINE = {"add": np.add, "mul": np.multiply, "max": np.maximum, "min": np.minimum}


def gather(x: Array, indices: Array, *, axis: int = 0) -> Array:
    """Return the slices of x at `indices` along an axis (Gather-13)."""
    return np.take(x, indices, axis)


def gather_elements(x: Array, indices: Array, *, axis: int = 0) -> Array:
    """Return for each index the cell there along an axis, in its own place on the others.

    GatherElements-13.
    """
    y: Array = x[_along(indices, axis)]
    return y


def gather_nd(x: Array, indices: Array, *, batch_dims: int = 0) -> Array:
    """Return the cells or slices at leading indices, below those of the batch (GatherND-13)."""
    batch = np.indices(indices.shape[:-1], sparse=True)[:batch_dims]
    y: Array = x[(*batch, *np.moveaxis(indices, -1, 0))]
    return y


def scatter_nd(x: Array, indices: Array, updates: Array, *, reduction: str = "none") -> Array:
    """Return x with cells, or all below a leading index, replaced or combined (ScatterND-18)."""
    return _scattered(x, tuple(np.moveaxis(indices, -1, 0)), updates, reduction)


def scatter_elements(
    x: Array, indices: Array, updates: Array, *, axis: int = 0, reduction: str = "none"
) -> Array:
    """Return x with the cells that GatherElements would read replaced or combined.

    ScatterElements-18; Scatter-9 is the same without a reduction.
    """
    return _scattered(x, _along(indices, axis), updates, reduction)


def _along(indices: Array, axis: int) -> tuple[Array, ...]:
    index: list[Array] = list(np.indices(indices.shape, sparse=True))
    index[axis] = indices
    return tuple(index)


def _scattered(x: Array, index: tuple[Array, ...], updates: Array, reduction: str) -> Array:
    y = x.copy()
    if reduction == "none":
        y[index] = updates
    else:
        COMBINE[reduction].at(y, index, updates)
    return y


def one_hot(indices: Array, depth: Array, values: Array, *, axis: int = -1) -> Array:
    """Return values[1] at each index along a new axis, values[0] elsewhere (OneHot-28)."""
    places = np.arange(int(depth.item()))
    counted = np.where(indices < 0, indices + len(places), indices)
    hot = np.moveaxis(counted[..., None] == places, -1, axis)
    y: Array = np.where(hot, values[1], values[0])
    return y


def nonzero(x: Array) -> Array:
    """Return the indices of all that is not 0, one column for each (NonZero-13)."""
    return np.array(np.nonzero(np.atleast_1d(x)), np.int64)


def compress(x: Array, condition: Array, *, axis: int | None = None) -> Array:
    """Return the slices of x for which the condition holds (Compress-28)."""
    return np.compress(condition, x, axis)


OPERATORS: dict[str, Versions] = {
    "Compress": {9: compress},
    "Gather": {7: gather},
    "GatherElements": {11: gather_elements},
    "GatherND": {11: gather_nd},
    "NonZero": {9: nonzero},
    "OneHot": {9: one_hot},
    "Scatter": {9: scatter_elements},
    "ScatterElements": {11: scatter_elements},
    "ScatterND": {11: scatter_nd},
}
