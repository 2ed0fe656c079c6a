"""Where a sliding window lies on a padded image, for convolution and pooling alike.

Images are N x C x H x W. A pair is (vertical, horizontal). Padding is counted in cells and given
as ONNX orders it: (top, left, bottom, right).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.lib.stride_tricks import as_strided

from harness import ModelError
from harness_numpy.operator import chosen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness_numpy.operator import Array

Pair: TypeAlias = tuple[int, int]
Pads: TypeAlias = tuple[int, int, int, int]
AUTO_PAD = ("NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER")


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A kernel's size and how it moves."""

    kernel: Pair
    stride: Pair = (1, 1)
    dilation: Pair = (1, 1)

    @property
    def span(self) -> Pair:
        """How many cells the dilated kernel reaches over."""
        (kh, kw), (dh, dw) = self.kernel, self.dilation
        return (kh - 1) * dh + 1, (kw - 1) * dw + 1

    def count(self, x: Array) -> Pair:
        """Return how many windows lie on a padded x; raise `ModelError` where not one does."""
        (h, w), (reach_h, reach_w), (sh, sw) = x.shape[2:], self.span, self.stride
        if h < reach_h or w < reach_w:
            message = f"a window over {reach_h} x {reach_w} does not fit {h} x {w}, padding and all"
            raise ModelError(message)
        return (h - reach_h) // sh + 1, (w - reach_w) // sw + 1


def pair(values: Sequence[int] | None, default: int = 1) -> Pair:
    """Return an attribute that holds one number for each spatial dimension."""
    vertical, horizontal = values or (default, default)
    return vertical, horizontal


def sides(x: Array) -> Pair:
    """Return an image's height and width; raise `ModelError` unless it is N x C x H x W."""
    if x.ndim != 4:  # noqa: PLR2004 - N, C, H, W
        message = f"only two spatial dimensions are supported, the input's shape is {x.shape}"
        raise ModelError(message)
    return x.shape[2], x.shape[3]


def padding(auto_pad: str, pads: Sequence[int] | None, size: Pair, window: Window) -> Pads:
    """Return the padding that `auto_pad` stands for (ONNX Conv-22, AveragePool-22, MaxPool-22).

    SAME gives ceil(size / stride) windows; an odd cell goes after for UPPER, before for LOWER.
    """
    if chosen("auto_pad", auto_pad, AUTO_PAD) == "NOTSET":
        top, left, bottom, right = pads or (0, 0, 0, 0)
        return top, left, bottom, right
    if auto_pad == "VALID":
        return 0, 0, 0, 0
    total = [
        max(0, (-(-side // stride) - 1) * stride + span - side)
        for side, stride, span in zip(size, window.stride, window.span, strict=True)
    ]
    return halved(total, upper=auto_pad == "SAME_UPPER")


def halved(total: Sequence[int], *, upper: bool) -> Pads:
    """Return cells of padding shared between both ends, an odd one after (`upper`) or before."""
    before = [cells // 2 if upper else cells - cells // 2 for cells in total]
    return before[0], before[1], total[0] - before[0], total[1] - before[1]


def padded(x: Array, pads: Pads, value: float = 0) -> Array:
    """Return `x` with `value` around it."""
    if not any(pads):
        return x
    top, left, bottom, right = pads
    n, c, h, w = x.shape
    y = np.full((n, c, top + h + bottom, left + w + right), value, x.dtype)
    y[:, :, top : top + h, left : left + w] = x
    return y


def windows(x: Array, window: Window) -> Array:
    """Return all windows on a padded `x` as a view, N x C x KH x KW x OH x OW."""
    (sh, sw), (dh, dw) = window.stride, window.dilation
    image, channel, row, cell = x.strides
    shape = (*x.shape[:2], *window.kernel, *window.count(x))
    steps = (image, channel, dh * row, dw * cell, sh * row, sw * cell)
    return as_strided(x, shape, steps, writeable=False)


def folded(function: np.ufunc, x: Array, window: Window) -> Array:
    """Return what a function of two makes of all cells under each window, N x C x OH x OW.

    First down the columns, then along the rows: KH + KW steps in place of KH times KW.
    """
    (kh, kw), (sh, sw), (dh, dw) = window.kernel, window.stride, window.dilation
    oh, ow = window.count(x)
    below, beside = (oh - 1) * sh + 1, (ow - 1) * sw + 1
    column = _folded(function, [x[:, :, i * dh :][:, :, :below:sh] for i in range(kh)])
    return _folded(function, [column[..., j * dw :][..., :beside:sw] for j in range(kw)])


def _folded(function: np.ufunc, parts: Sequence[Array]) -> Array:
    first, *rest = parts
    y: Array = first.copy()
    for part in rest:
        function(y, part, out=y)
    return y
