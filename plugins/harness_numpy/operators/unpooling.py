"""Where maxima stood, and putting them back there."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from harness import ModelError
from harness_numpy.windows import padded, sides, windows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness_numpy.operator import Array, Versions
    from harness_numpy.windows import Pads, Window


def positions(x: Array, largest: Array, pads: Pads, window: Window, storage_order: int) -> Array:
    """Return for the maximum of each window the index of its cell in the flat x (MaxPool-22).

    Of equals it is the first; `storage_order` 1 counts the cells of an image by columns.
    """
    n, c, oh, ow = largest.shape
    h, w = sides(x)
    numbers = np.arange(h * w).reshape(w, h).T if storage_order else np.arange(h * w).reshape(h, w)
    under = windows(padded(numbers[None, None], pads, -1), window)
    found = (windows(padded(x, pads), window) == largest[:, :, None, None]) & (under >= 0)
    taps = math.prod(window.kernel)
    first = found.reshape(n, c, taps, oh, ow).argmax(axis=2, keepdims=True)
    cells: Array = np.take_along_axis(under.reshape(1, 1, taps, oh, ow), first, axis=2)[:, :, 0]
    planes: Array = np.arange(n * c).reshape(n, c, 1, 1)
    return planes * h * w + cells


def max_unpool(  # noqa: PLR0913 - the operator has this many attributes
    x: Array,
    indices: Array,
    output_shape: Array | None = None,
    *,
    kernel_shape: Sequence[int],
    pads: Sequence[int] | None = None,
    strides: Sequence[int] | None = None,
) -> Array:
    """Return zeros with the maxima of a MaxPool at their indices (MaxUnpool-22).

    The indices are those within the size that the pooling's attributes lead back to; an
    `output_shape` adds zeros behind it.
    """
    sizes = zip(
        x.shape[2:],
        kernel_shape,
        strides or [1] * len(kernel_shape),
        np.reshape(pads or [0] * 2 * len(kernel_shape), (2, -1)).sum(axis=0).tolist(),
        strict=True,
    )
    shape = (*x.shape[:2], *((n - 1) * stride + k - cut for n, k, stride, cut in sizes))
    y = np.zeros(shape, x.dtype)
    if indices.size and not 0 <= indices.min() <= indices.max() < y.size:
        message = f"an index lies outside of the {' x '.join(map(str, shape))} that was pooled"
        raise ModelError(message)
    y.reshape(-1)[indices.reshape(-1)] = x.reshape(-1)
    if output_shape is None:
        return y
    return np.pad(y, [(0, want - have) for want, have in zip(output_shape, shape, strict=True)])


OPERATORS: dict[str, Versions] = {"MaxUnpool": {9: max_unpool}}
