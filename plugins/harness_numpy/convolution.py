"""Convolution of images as a matrix product, and its transpose.

x: N x C x H x W, w: M x C/groups x KH x KW (transposed: C x M/groups x KH x KW), b: M or None.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness_numpy.windows import Window, padded, windows

if TYPE_CHECKING:
    from harness_numpy.operator import Array
    from harness_numpy.windows import Pads, Pair

BLOCK = 1 << 22
"""Bytes of columns made at a time: some images at once, yet few enough to stay in cache."""


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
    """Return the cross-correlation of x and w, N x M x OH x OW.

    im2col (Chellapilla, Puri and Simard 2006): the cells under each window become a column, so
    that for each image and group all windows are one product, (M/g x C/g KH KW) by
    (C/g KH KW x OH OW). A depthwise convolution is the case of C groups.
    """
    n, c, h, width = x.shape
    m, _, kh, kw = w.shape
    window = Window(kernel=(kh, kw), stride=stride, dilation=dilation)
    oh = (pads[0] + h + pads[2] - window.span[0]) // stride[0] + 1
    ow = (pads[1] + width + pads[3] - window.span[1]) // stride[1] + 1
    matrix = w.reshape(groups, m // groups, -1)
    y = np.empty((n, groups, m // groups, oh * ow), x.dtype)
    count = max(1, BLOCK // (c * kh * kw * oh * ow * x.itemsize))
    for start in range(0, n, count):
        block = slice(start, start + count)
        under = windows(padded(x[block], pads), window)
        np.matmul(matrix, under.reshape(len(under), groups, -1, oh * ow), out=y[block])
        if b is not None:
            y[block] += b.reshape(groups, -1, 1)
    return y.reshape(n, m, oh, ow)


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
