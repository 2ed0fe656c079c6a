"""Pooling of images, over windows or as a whole."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from harness_numpy.operator import lowest
from harness_numpy.operators.unpooling import positions
from harness_numpy.windows import Window, folded, padded, padding, pair, sides

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness_numpy.operator import Array, Versions
    from harness_numpy.windows import Pads, Pair


def max_pool(  # noqa: PLR0913 - the operator has this many attributes
    x: Array,
    *,
    kernel_shape: Sequence[int],
    auto_pad: str = "NOTSET",
    ceil_mode: int = 0,
    dilations: Sequence[int] | None = None,
    num_outputs: int = 1,
    pads: Sequence[int] | None = None,
    storage_order: int = 0,
    strides: Sequence[int] | None = None,
) -> Array | tuple[Array, Array]:
    """Return the largest value under each window, and where it stood if asked (MaxPool-22)."""
    size = sides(x)
    window = Window(kernel=pair(kernel_shape), stride=pair(strides), dilation=pair(dilations))
    cells = padding(auto_pad, pads, size, window)
    if ceil_mode:
        cells = _completed(cells, size, window)
    y = folded(np.maximum, padded(x, cells, lowest(x.dtype)), window)
    return y if num_outputs == 1 else (y, positions(x, y, cells, window, storage_order))


def average_pool(  # noqa: PLR0913 - the operator has this many attributes
    x: Array,
    *,
    kernel_shape: Sequence[int],
    auto_pad: str = "NOTSET",
    ceil_mode: int = 0,
    count_include_pad: int = 0,
    dilations: Sequence[int] | None = None,
    pads: Sequence[int] | None = None,
    strides: Sequence[int] | None = None,
) -> Array:
    """Return the mean under each window (AveragePool-22).

    With `count_include_pad` the padding counts as zeros, but never what `ceil_mode` adds to it.
    """
    size = sides(x)
    window = Window(kernel=pair(kernel_shape), stride=pair(strides), dilation=pair(dilations))
    declared = padding(auto_pad, pads, size, window)
    cells = _completed(declared, size, window) if ceil_mode else declared
    if not any(cells):
        return folded(np.add, x, window) / math.prod(window.kernel)
    ones = padded(np.ones((1, 1, *size), x.dtype), declared, count_include_pad)
    ones = padded(ones, (0, 0, cells[2] - declared[2], cells[3] - declared[3]))
    total = folded(np.add, padded(x, cells), window)
    total /= folded(np.add, ones, window)
    return total


def lp_pool(  # noqa: PLR0913 - the operator has this many attributes
    x: Array,
    *,
    kernel_shape: Sequence[int],
    auto_pad: str = "NOTSET",
    ceil_mode: int = 0,
    dilations: Sequence[int] | None = None,
    p: int = 2,
    pads: Sequence[int] | None = None,
    strides: Sequence[int] | None = None,
) -> Array:
    """Return the p-norm of what lies under each window (LpPool-22)."""
    size = sides(x)
    window = Window(kernel=pair(kernel_shape), stride=pair(strides), dilation=pair(dilations))
    cells = padding(auto_pad, pads, size, window)
    if ceil_mode:
        cells = _completed(cells, size, window)
    total = folded(np.add, padded(np.abs(x) ** p, cells), window)
    return np.asarray(total ** (1 / p))


def _completed(cells: Pads, size: Pair, window: Window) -> Pads:
    """Return the padding with which the last window of `ceil_mode` is whole.

    A window that would start in the padding after the image is left out (MaxPool-22).
    """
    added = []
    for axis in range(2):
        before, after, stride = cells[axis], cells[axis + 2], window.stride[axis]
        rest = before + size[axis] + after - window.span[axis]
        steps = -(-rest // stride)
        if steps * stride >= before + size[axis]:
            steps -= 1
        added.append(max(0, steps * stride - rest))
    return cells[0], cells[1], cells[2] + added[0], cells[3] + added[1]


def global_average_pool(x: Array) -> Array:
    """Return the mean of each channel, N x C x 1 x 1 (GlobalAveragePool-22)."""
    return np.asarray(x.mean(axis=tuple(range(2, x.ndim)), keepdims=True))


def global_max_pool(x: Array) -> Array:
    """Return the maximum of each channel, N x C x 1 x 1 (GlobalMaxPool-22)."""
    return np.asarray(x.max(axis=tuple(range(2, x.ndim)), keepdims=True))


def global_lp_pool(x: Array, *, p: int = 2) -> Array:
    """Return the p-norm of each channel, N x C x 1 x 1 (GlobalLpPool-22)."""
    total: Array = (np.abs(x) ** p).sum(axis=tuple(range(2, x.ndim)), keepdims=True)
    return np.asarray(total ** (1 / p))


OPERATORS: dict[str, Versions] = {
    "AveragePool": {7: average_pool},
    "GlobalAveragePool": {7: global_average_pool},
    "GlobalLpPool": {7: global_lp_pool},
    "GlobalMaxPool": {7: global_max_pool},
    "LpPool": {7: lp_pool},
    "MaxPool": {7: max_pool},
}
