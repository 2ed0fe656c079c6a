"""Shapes: reading them, and giving the same cells another one."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness_numpy.operator import Array, Versions


def reshape(x: Array, shape: Array, *, allowzero: int = 0) -> Array:
    """Return x in another shape; 0 keeps a side unless `allowzero`, -1 is inferred (Reshape-25)."""
    sides = shape.tolist()
    if not allowzero:
        sides = [x.shape[axis] if side == 0 else side for axis, side in enumerate(sides)]
    return x.reshape(sides)


def flatten(x: Array, *, axis: int = 1) -> Array:
    """Return the matrix whose rows run over the sides before `axis` (Flatten-25)."""
    axis = axis + x.ndim if axis < 0 else axis
    return x.reshape(math.prod(x.shape[:axis]), math.prod(x.shape[axis:]))


def transpose(x: Array, *, perm: Sequence[int] | None = None) -> Array:
    """Return x with its axes in another order, by default reversed (Transpose-25)."""
    return x.transpose(perm)


def squeeze(x: Array, axes: Array | Sequence[int] | None = None) -> Array:
    """Return x without sides of 1, all or those of `axes` (Squeeze-25)."""
    return np.squeeze(x, None if axes is None else tuple(axes))


def squeeze_by_attribute(x: Array, *, axes: Sequence[int] | None = None) -> Array:
    """Return Squeeze with the axes as an attribute (Squeeze-11)."""
    return squeeze(x, axes)


def unsqueeze(x: Array, axes: Array | Sequence[int]) -> Array:
    """Return x with sides of 1 at `axes` of the result (Unsqueeze-25)."""
    return np.expand_dims(x, tuple(axes))


def unsqueeze_by_attribute(x: Array, *, axes: Sequence[int]) -> Array:
    """Return Unsqueeze with the axes as an attribute (Unsqueeze-11)."""
    return unsqueeze(x, axes)


def expand(x: Array, shape: Array) -> Array:
    """Return x broadcast together with a shape (Expand-13)."""
    return np.broadcast_to(x, np.broadcast_shapes(x.shape, tuple(shape)))


def shape_of(x: Array, *, start: int = 0, end: int | None = None) -> Array:
    """Return the sides from `start` to `end` (Shape-25)."""
    return np.array(x.shape[start:end], np.int64)


def size(x: Array) -> Array:
    """Return how many cells x has (Size-25)."""
    return np.array(x.size, np.int64)


def depth_to_space(x: Array, *, blocksize: int, mode: str = "DCR") -> Array:
    """Return channels spread over blocks of pixels, as PixelShuffle in mode CRD (DepthToSpace-13).

    A channel's number is made of row, column and depth (DCR), or depth, row and column (CRD).
    """
    (n, c, h, w), b = x.shape, blocksize
    if mode == "DCR":
        cells = x.reshape(n, b, b, c // b**2, h, w).transpose(0, 3, 4, 1, 5, 2)
    else:
        cells = x.reshape(n, c // b**2, b, b, h, w).transpose(0, 1, 4, 2, 5, 3)
    return cells.reshape(n, c // b**2, h * b, w * b)


def space_to_depth(x: Array, *, blocksize: int, mode: str = "DCR") -> Array:
    """Return the inverse of DepthToSpace (SpaceToDepth-28)."""
    (n, c, h, w), b = x.shape, blocksize
    order = (0, 3, 5, 1, 2, 4) if mode == "DCR" else (0, 1, 3, 5, 2, 4)
    cells = x.reshape(n, c, h // b, b, w // b, b).transpose(order)
    return cells.reshape(n, c * b**2, h // b, w // b)


OPERATORS: dict[str, Versions] = {
    "DepthToSpace": {7: depth_to_space},
    "Expand": {8: expand},
    "Flatten": {7: flatten},
    "Reshape": {7: reshape},
    "Shape": {7: shape_of},
    "Size": {7: size},
    "SpaceToDepth": {7: space_to_depth},
    "Squeeze": {7: squeeze_by_attribute, 13: squeeze},
    "Transpose": {7: transpose},
    "Unsqueeze": {7: unsqueeze_by_attribute, 13: unsqueeze},
}
