"""Resizing without antialiasing, as OpenCV and torch's `interpolate` do it: a few taps a pixel.

Where an image shrinks, most of its pixels have no part in the answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from harness_diverge.stage import levels

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Kernel = Callable[[NDArray[np.float64]], NDArray[np.float64]]

A = -0.75
"""Of the cubic kernel (Keys, "Cubic convolution interpolation for digital image processing", 1981),
as OpenCV and torch have it; Pillow and TensorFlow have -0.5."""


def nearest(image: NDArray[Any], size: tuple[int, ...]) -> NDArray[Any]:
    """Return the pixels at the upper left corners of the answer's."""
    rows, columns = (
        np.arange(count) * length // count for count, length in zip(size, image.shape, strict=False)
    )
    picked: NDArray[Any] = image[rows][:, columns]
    return picked


def linear(image: NDArray[Any], size: tuple[int, ...]) -> NDArray[np.uint8]:
    """Return the image interpolated between the two nearest pixels of each axis."""
    return _resized(image, size, lambda distance: 1 - distance, taps=1, shift=0.5)


def linear_uncentred(image: NDArray[Any], size: tuple[int, ...]) -> NDArray[np.uint8]:
    """Return the same where pixels are taken for their corners, as TensorFlow 1 did."""
    return _resized(image, size, lambda distance: 1 - distance, taps=1, shift=0)


def cubic(image: NDArray[Any], size: tuple[int, ...]) -> NDArray[np.uint8]:
    """Return the image interpolated between the four nearest pixels of each axis."""
    return _resized(image, size, _cubic, taps=2, shift=0.5)


def _cubic(distance: NDArray[np.float64]) -> NDArray[np.float64]:
    near = (A + 2) * distance**3 - (A + 3) * distance**2 + 1
    far = A * (distance**3 - 5 * distance**2 + 8 * distance - 4)
    return np.where(distance <= 1, near, far)


def _resized(
    image: NDArray[Any], size: tuple[int, ...], kernel: Kernel, *, taps: int, shift: float
) -> NDArray[np.uint8]:
    found = image.astype(np.float64)
    for axis, count in enumerate(size):
        found = _along(found, axis, count, kernel, taps, shift)
    return levels(found)


def _along(  # noqa: PLR0913, PLR0917 - one step of `_resized`
    image: NDArray[np.float64], axis: int, count: int, kernel: Kernel, taps: int, shift: float
) -> NDArray[np.float64]:
    length = image.shape[axis]
    places = (np.arange(count) + shift) * length / count - shift
    whole = np.floor(places).astype(int)
    shape = [-1 if each == axis else 1 for each in range(image.ndim)]
    found = np.zeros([count if at == axis else each for at, each in enumerate(image.shape)])
    for tap in range(1 - taps, taps + 1):
        weights = kernel(np.abs(places - whole - tap)).reshape(shape)
        found += weights * image.take(np.clip(whole + tap, 0, length - 1), axis)
    return found
