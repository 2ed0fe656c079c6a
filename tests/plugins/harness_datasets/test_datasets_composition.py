from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from harness_datasets import composition

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

SIDE = composition.SIDE


def parts(seed: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]:
    """Return a photograph, a garment and a digit, all noise around a square."""
    rng = np.random.default_rng(seed)
    photograph = rng.integers(0, 256, (32, 32, 3), np.uint8)
    garment, digit = rng.integers(0, 20, (2, 28, 28), np.uint8)
    garment[4:24, 8:20], digit[10:18, 12:16] = 200, 250
    return photograph, garment, digit


def composed(seed: int, *, chance: int = 0) -> tuple[NDArray[Any], NDArray[Any]]:
    return composition.composed(*parts(seed), np.random.PCG64(chance))


def test_each_pixel_shows_what_its_class_says() -> None:
    photograph, _, _ = parts(0)
    image, target = composed(0)
    assert (image.shape, target.shape) == ((SIDE, SIDE, 3), (SIDE, SIDE))
    enlarged = np.asarray(
        Image.fromarray(photograph).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
    )
    background = target == 0
    np.testing.assert_array_equal(image[background], enlarged[background])
    for kind in (1, 2):
        assert len(np.unique(image[target == kind], axis=0)) == 1  # one colour, evenly lit


def test_the_digit_lies_above_and_is_whole() -> None:
    for chance in range(50):
        _, target = composed(1, chance=chance)
        assert (target == 2).sum() == 8 * 4
        assert 12 * 20 - 8 * 4 <= (target == 1).sum() <= 12 * 20


def test_chance_alone_decides_places_and_colours() -> None:
    one, again, other = composed(2), composed(2), composed(2, chance=1)
    np.testing.assert_array_equal(one[0], again[0])
    np.testing.assert_array_equal(one[1], again[1])
    assert (one[1] != other[1]).any()
    places = {tuple(np.argwhere(composed(2, chance=each)[1] == 2)[0]) for each in range(40)}
    assert len(places) > 30


def test_brightness_of_a_garment_is_kept() -> None:
    photograph, garment, digit = parts(3)
    garment[4:14, 8:20] = 60
    image, target = composition.composed(photograph, garment, digit, np.random.PCG64(5))
    levels = np.unique(image[target == 1].max(axis=1))
    assert len(levels) == 2
    assert levels[0] < levels[1]
