"""Images read at places that a network computes (Jaderberg et al. 2015)."""

from __future__ import annotations

from itertools import product
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from harness_numpy.operators.interpolation import cubic, triangle

if TYPE_CHECKING:
    from harness_numpy.operator import Array, Versions


REACH = {
    "nearest": (0,),
    "bilinear": (0, 1),
    "linear": (0, 1),
    "bicubic": (-1, 0, 1, 2),
    "cubic": (-1, 0, 1, 2),
}
"""The cells that count, from the one before a place; GridSample-16 calls two modes otherwise."""


def affine_grid(theta: Array, size: Array, *, align_corners: int = 0) -> Array:
    """Return theta applied to the places of an image's cells, from -1 to 1 (AffineGrid-20).

    theta: N x D x D+1, size: (N, C, sides ...); returns N x sides ... x D, the last side first.
    """
    sides = [int(side) for side in size[2:]]
    ends = [1.0 if align_corners else 1 - 1 / side for side in sides]
    lines = [np.linspace(-end, end, side) for end, side in zip(ends, sides, strict=True)]
    places = np.stack([*np.meshgrid(*lines, indexing="ij")[::-1], np.ones(sides)], axis=-1)
    grid = places.reshape(-1, len(sides) + 1).astype(theta.dtype) @ theta.swapaxes(1, 2)
    return grid.reshape(len(theta), *sides, len(sides))


def grid_sample(
    x: Array,
    grid: Array,
    *,
    align_corners: int = 0,
    mode: str = "linear",
    padding_mode: str = "zeros",
) -> Array:
    """Return x at the places of a grid, N x C x the grid's sides (GridSample-22)."""
    batch = np.arange(len(x)).reshape(-1, *[1] * (grid.ndim - 2))
    cells = np.moveaxis(x, 1, -1)
    by_axis = [
        _taps(grid[..., -1 - axis], side, align_corners, mode, padding_mode)
        for axis, side in enumerate(x.shape[2:])
    ]
    y = np.zeros((*grid.shape[:-1], x.shape[1]), x.dtype)
    for taps in product(*by_axis):
        weight: Array = prod((weight for _, weight in taps), start=np.ones(1))
        y += (weight[..., None] * cells[(batch, *(index for index, _ in taps))]).astype(x.dtype)
    return np.moveaxis(y, -1, 1)


def _taps(
    place: Array, side: int, align_corners: int, mode: str, padding_mode: str
) -> list[tuple[Array, Array]]:
    """Return the cells around a place in -1 to 1 along one axis, each with its weight."""
    if align_corners:
        ends, at = (0.0, side - 1.0), (place + 1) / 2 * (side - 1)
    else:
        ends, at = (-0.5, side - 0.5), ((place + 1) * side - 1) / 2
    if mode == "nearest":
        at = np.rint(at)
    if padding_mode == "border":
        at = np.where((at < ends[0]) | (at > ends[1]), at.clip(0, side - 1), at)
    elif padding_mode == "reflection":
        at = _reflected(at, *ends)
    found = []
    for offset in REACH[mode]:
        cell = np.floor(at) + offset
        distance = np.abs(at - cell)
        weight = cubic(distance, a=-0.75) if "cubic" in mode else triangle(distance)
        if padding_mode == "zeros":
            weight = weight * ((cell >= 0) & (cell < side))
        elif padding_mode == "reflection":
            cell = _reflected(cell, *ends)
        found.append((cell.astype(np.int64).clip(0, side - 1), weight))
    return found


def _reflected(x: Array, low: float, high: float) -> Array:
    """Return x folded back at both ends until it lies between them."""
    period = 2 * (high - low)
    beyond = np.mod(x - low, period) if period else np.zeros_like(x)
    return np.asarray(low + np.minimum(beyond, period - beyond))


OPERATORS: dict[str, Versions] = {
    "AffineGrid": {20: affine_grid},
    "GridSample": {16: grid_sample},
}
