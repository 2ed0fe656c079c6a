"""Two shapes laid over a photograph by chance, and what each pixel then shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

VERSION = 1
"""Of what is composed: another one makes other pixels."""
CLASSES = ("background", "garment", "digit")
SIDE = 64
GARMENT_FROM, DIGIT_FROM = 32, 128
"""Grey levels from which a pixel belongs to a shape: parts of garments are dark."""
DIMMEST = 64
"""Brightness, of 255, of a garment's darkest pixel."""


def composed(
    photograph: NDArray[np.uint8],
    garment: NDArray[np.uint8],
    digit: NDArray[np.uint8],
    chance: np.random.BitGenerator,
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return an image (64 x 64 x 3) and its pixels' classes (64 x 64).

    The photograph (H x W x 3) is enlarged, the shapes (h x w, grey) are not. Each gets a place and
    a colour; the digit lies above. Chance is raw numbers, which NumPy promises never to change.
    """
    import numpy as np
    from PIL import Image

    enlarged = Image.fromarray(photograph).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
    image, target = np.array(enlarged), np.zeros((SIDE, SIDE), np.uint8)
    bright = DIMMEST + (255 - DIMMEST) * (garment.astype(np.uint32)) // 255
    shapes = ((garment >= GARMENT_FROM, bright), (digit >= DIGIT_FROM, np.full(digit.shape, 255)))
    for kind, (mask, brightness) in enumerate(shapes, start=1):
        top, left, *colour = (int(each) for each in chance.random_raw(5))
        height, width = mask.shape
        top, left = top % (SIDE - height + 1), left % (SIDE - width + 1)
        within = slice(top, top + height), slice(left, left + width)
        pixels = brightness[..., None] * np.array([each % 256 for each in colour]) // 255
        image[within][mask] = pixels[mask]
        target[within][mask] = kind
    return image, target
