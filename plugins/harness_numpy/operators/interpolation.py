"""What lies between cells, along one axis."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from harness_numpy.operator import chosen

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness_numpy.operator import Array

MODES = ("nearest", "linear", "cubic")
NEAREST: dict[str, Callable[[Array], Array]] = {
    "round_prefer_floor": lambda x: np.ceil(x - 0.5),
    "round_prefer_ceil": lambda x: np.floor(x + 0.5),
    "floor": np.floor,
    "ceil": np.ceil,
}


def resampled(  # noqa: PLR0913 - the operator has this many attributes
    x: Array,
    axis: int,
    places: Array,
    *,
    scale: float,
    mode: str = "nearest",
    nearest_mode: str = "round_prefer_floor",
    antialias: int = 0,
    cubic_coeff_a: float = -0.75,
    exclude_outside: int = 0,
) -> Array:
    """Return x at places along an axis, a product with a matrix of the neighbours' weights.

    Beyond the ends the last cell goes on, or counts for nothing with `exclude_outside`.
    """
    side = x.shape[axis]
    if chosen("mode", mode, MODES) == "nearest":
        cells = NEAREST[chosen("nearest_mode", nearest_mode, NEAREST)](places).astype(np.int64)
        return np.take(x, cells.clip(0, side - 1), axis)
    weight = triangle if mode == "linear" else partial(cubic, a=cubic_coeff_a)
    stretch = max(1.0, 1 / scale) if antialias else 1.0
    reach = math.ceil((1 if mode == "linear" else 2) * stretch)
    taps = np.floor(places)[:, None].astype(np.int64) + np.arange(1 - reach, reach + 1)
    weights = weight(np.abs(taps - places[:, None]) / stretch)
    if exclude_outside:
        weights[(taps < 0) | (taps >= side)] = 0
    weights /= weights.sum(axis=1, keepdims=True)
    matrix = np.zeros((len(places), side))
    np.add.at(matrix, (np.arange(len(places))[:, None], taps.clip(0, side - 1)), weights)
    kind = x.dtype if x.dtype.kind == "f" else matrix.dtype
    return np.moveaxis(np.moveaxis(x, axis, -1) @ matrix.T.astype(kind), -1, axis)


def triangle(distance: Array) -> Array:
    """Return the weight of a cell at a distance, linear interpolation's."""
    weight: Array = np.maximum(0, 1 - distance)
    return weight


def cubic(distance: Array, *, a: float) -> Array:
    """Return the weight of a cell at a distance, cubic convolution's (Keys 1981, equation 4)."""
    d = distance
    near = ((a + 2) * d - (a + 3)) * d * d + 1
    far = ((a * d - 5 * a) * d + 8 * a) * d - 4 * a
    return np.where(d <= 1, near, np.where(d < 2, far, 0))  # noqa: PLR2004 - the kernel's reach
