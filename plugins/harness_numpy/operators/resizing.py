"""Images in another size: Resize, and Upsample before it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from harness_numpy.operator import chosen
from harness_numpy.operators.interpolation import resampled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness_numpy.operator import Array, Versions

COORDINATES = (
    "half_pixel",
    "half_pixel_symmetric",
    "pytorch_half_pixel",
    "align_corners",
    "asymmetric",
    "tf_half_pixel_for_nn",
    "tf_crop_and_resize",
)
POLICIES = ("stretch", "not_larger", "not_smaller")


def resize(  # noqa: PLR0913 - the operator has this many attributes
    x: Array,
    roi: Array | None = None,
    scales: Array | None = None,
    sizes: Array | None = None,
    *,
    axes: Sequence[int] | None = None,
    coordinate_transformation_mode: str = "half_pixel",
    extrapolation_value: float = 0.0,
    keep_aspect_ratio_policy: str = "stretch",
    **interpolation: Any,  # noqa: ANN401 - the attributes of `resampled`
) -> Array:
    """Return x resized, one axis after the other (Resize-19): every mode is separable."""
    axes = range(x.ndim) if axes is None else [axis % x.ndim for axis in axes]
    crops = coordinate_transformation_mode == "tf_crop_and_resize"
    spans = [(0.0, 1.0)] * len(axes)
    if crops and roi is not None:
        spans = [(float(start), float(end)) for start, end in roi.reshape(2, -1).T]
    sides = [x.shape[axis] for axis in axes]
    if sizes is not None and sizes.size:
        factors, lengths = _fitted(sides, sizes.tolist(), keep_aspect_ratio_policy)
    else:
        factors = np.asarray(scales).tolist()
        lengths = [
            math.floor(side * (end - start) * scale)
            for side, (start, end), scale in zip(sides, spans, factors, strict=True)
        ]
    y, outside = x, np.zeros((), bool)
    for axis, side, scale, length, span in zip(axes, sides, factors, lengths, spans, strict=True):
        if (scale, length) == (1, side) and not crops:
            continue
        places = _coordinates(coordinate_transformation_mode, side, scale, length, span)
        y = resampled(y, axis, places, scale=scale, **interpolation)
        if crops:
            beyond = (places < 0) | (places > side - 1)
            outside = outside | np.expand_dims(beyond, [i for i in range(x.ndim) if i != axis])
    if crops:
        y = np.where(outside, extrapolation_value, y)
    if x.dtype.kind in "iu":
        y = np.rint(y).clip(np.iinfo(x.dtype).min, np.iinfo(x.dtype).max)
    return y.astype(x.dtype, copy=False)


def _fitted(
    sides: Sequence[int], sizes: Sequence[int], policy: str
) -> tuple[Sequence[float], Sequence[int]]:
    """Return the scales and lengths that lead to sizes, or near them in the same proportions."""
    factors = [size / side for size, side in zip(sizes, sides, strict=True)]
    if chosen("keep_aspect_ratio_policy", policy, POLICIES) == "stretch":
        return factors, sizes
    scale = min(factors) if policy == "not_larger" else max(factors)
    return [scale] * len(sides), [math.floor(scale * side + 0.5) for side in sides]


def _coordinates(  # noqa: PLR0911 - one a mode
    mode: str, side: int, scale: float, length: int, span: tuple[float, float]
) -> Array:
    """Return where on the input each output cell lies (Resize-19, one mode of Resize-11)."""
    chosen("coordinate_transformation_mode", mode, COORDINATES)
    cells = np.arange(length, dtype=np.float64)
    resized = scale * side  # the length before it is cut to whole cells
    start, end = span
    if mode == "asymmetric":
        return cells / scale
    if mode == "tf_half_pixel_for_nn":
        return (cells + 0.5) / scale
    if mode == "align_corners":
        return cells * ((side - 1) / (resized - 1) if resized != 1 else 0)
    if mode == "tf_crop_and_resize":
        if length == 1:
            return np.full(1, 0.5 * (start + end) * (side - 1))
        return start * (side - 1) + cells * (end - start) * (side - 1) / (length - 1)
    if mode == "pytorch_half_pixel" and length == 1:
        return np.zeros(1)
    offset = side / 2 * (1 - length / resized) if mode == "half_pixel_symmetric" else 0
    return offset + (cells + 0.5) / scale - 0.5


def upsample(x: Array, scales: Array | Sequence[float], *, mode: str = "nearest") -> Array:
    """Return x resized from its first corner, nearest being the cell before (Upsample-9)."""
    return resize(
        x,
        scales=np.asarray(scales),
        mode=mode,
        coordinate_transformation_mode="asymmetric",
        nearest_mode="floor",
    )


def upsample_by_attribute(x: Array, *, scales: Sequence[float], mode: str = "nearest") -> Array:
    """Return Upsample with the scales as an attribute (Upsample-7)."""
    return upsample(x, scales, mode=mode)


OPERATORS: dict[str, Versions] = {
    "Resize": {10: upsample, 11: resize},
    "Upsample": {7: upsample_by_attribute, 9: upsample},
}
