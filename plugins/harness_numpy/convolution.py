"""Convolution of images as a matrix product, and its transpose.

x: N x C x H x W, w: M x C/groups x KH x KW (transposed: C x M/groups x KH x KW), b: M or None.
"""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.lib.stride_tricks import as_strided

from harness_numpy.windows import Window, padded, sides, windows

if TYPE_CHECKING:
    from harness_numpy.operator import Array
    from harness_numpy.windows import Pads, Pair

BLOCK = 1 << 23
"""Bytes of columns made at a time: they are read again while they are still in the cache."""
NARROW = 32
"""Outputs of a row up to which a band matrix is cheaper than columns (docs/design/006)."""


def conv2d(  # noqa: PLR0913 - the operation has this many parameters
    x: Array,
    w: Array,
    b: Array | None = None,
    *,
    stride: Pair = (1, 1),
    pads: Pads = (0, 0, 0, 0),
    dilation: Pair = (1, 1),
    groups: int = 1,
) -> Array:
    """Return the cross-correlation of x and w, N x M x OH x OW."""
    x = padded(x, pads)
    window = Window(kernel=sides(w), stride=stride, dilation=dilation)
    depthwise = groups == len(w) == x.shape[1]
    y = _by_bands(x, w, window) if depthwise and window.count(x)[1] <= NARROW else None
    if y is None or not np.isfinite(y.sum()):  # a band's zeros spread an infinity along its row
        y = _by_columns(x, w, window, groups)
    if b is not None:
        y += b.reshape(-1, 1, 1)
    return y


def _by_columns(x: Array, w: Array, window: Window, groups: int) -> Array:
    """im2col (Chellapilla, Puri and Simard 2006): the cells under each window become a column.

    For each image and group all windows are then one product, (M/g x C/g KH KW) by
    (C/g KH KW x OH OW), made in strips of output rows.
    """
    (n, c), m, under = x.shape[:2], len(w), windows(x, window)
    oh, ow = under.shape[4:]
    matrix = w.reshape(groups, m // groups, -1)
    y = np.empty((n, groups, m // groups, oh, ow), x.dtype)
    rows = max(1, BLOCK // (c * math.prod(window.kernel) * ow * x.itemsize))
    for image, top in itertools.product(range(n), range(0, oh, rows)):
        strip = under[image, ..., top : top + rows, :]
        columns = strip.reshape(groups, -1, strip.shape[-2] * ow)
        out = y[image, :, :, top : top + rows].reshape(groups, m // groups, -1)
        np.matmul(matrix, columns, out=out)
    return y.reshape(n, m, oh, ow)


def _by_bands(x: Array, w: Array, window: Window) -> Array:
    """One kernel a channel: a row of outputs is a product of the KH rows of x under it.

    The KH W cells of those rows times a band matrix (KH W x OW), in whose column j the kernel
    stands where window j lies: one product a channel in place of OH with a single row.
    """
    (n, c, _, width), (oh, ow) = x.shape, window.count(x)
    (kh, kw), (sh, sw), (dh, dw) = window.kernel, window.stride, window.dilation
    band = np.zeros((c, kh, width, ow), x.dtype)
    channel, row, cell, column = band.strides
    where = (channel, row, dw * cell, sw * cell + column)
    as_strided(band, (c, kh, kw, ow), where)[...] = w.reshape(c, kh, kw, 1)
    rows = windows(x, Window(kernel=(kh, 1), stride=(sh, 1), dilation=(dh, 1)))[:, :, :, 0]
    stacked = rows.swapaxes(2, 3).reshape(n, c, oh, kh * width)
    y: Array = np.matmul(stacked, band.reshape(c, kh * width, ow))
    return y


def conv_transpose2d(  # noqa: PLR0913 - the operation has this many parameters
    x: Array,
    w: Array,
    b: Array | None = None,
    *,
    output: Pair,
    stride: Pair = (1, 1),
    pads: Pads = (0, 0, 0, 0),
    dilation: Pair = (1, 1),
    groups: int = 1,
) -> Array:
    """Return the transpose of `conv2d`, N x M x `output`.

    col2im: one product gives what each cell of x adds to each cell of its window; the windows are
    then summed where they overlap, and `pads` cut off.
    """
    n, c, h, width = x.shape
    kh, kw = w.shape[2:]
    matrix = w.reshape(groups, c // groups, -1).swapaxes(1, 2)
    share = np.matmul(matrix, x.reshape(n, groups, c // groups, h * width))
    share = share.reshape(n, -1, kh, kw, h, width)
    window = Window(kernel=(kh, kw), stride=stride, dilation=dilation)
    rows = max((h - 1) * stride[0] + window.span[0], pads[0] + output[0])
    columns = max((width - 1) * stride[1] + window.span[1], pads[1] + output[1])
    y = np.zeros((n, share.shape[1], rows, columns), x.dtype)
    for i, j in np.ndindex(kh, kw):
        top, left = i * dilation[0], j * dilation[1]
        under = y[:, :, top :: stride[0], left :: stride[1]][:, :, :h, :width]
        under += share[:, :, i, j]
    y = y[:, :, pads[0] : pads[0] + output[0], pads[1] : pads[1] + output[1]]
    return y if b is None else y + b.reshape(-1, 1, 1)
