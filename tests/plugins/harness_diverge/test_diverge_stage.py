from __future__ import annotations

import numpy as np
import pytest

from harness import preprocess
from harness.types import Encoding, Geometry
from harness_diverge.stage import PIXELS, chained, levels, own

RGB = Encoding(mean=(0.4, 0.5, 0.6), std=(0.2, 0.3, 0.4))


@pytest.mark.parametrize(
    ("geometry", "encoding"),
    [
        (Geometry(input_size=(24, 24), crop_pct=0.875, interpolation="bicubic"), RGB),
        (Geometry(input_size=(24, 20), resize_size=(30, 31), pad=2), RGB),
        (Geometry(input_size=(24, 24), crop_pct=1.0, crop_mode="squash"), RGB),
        (Geometry(input_size=(24, 24), crop_pct=1.0, crop_mode="border", fill=7), RGB),
        (Geometry(input_size=(24, 24), mode="L", crop_pct=0.9), Encoding(mean=(0.1,), std=(0.3,))),
    ],
)
def test_the_stages_together_are_the_harness_own_preprocessing(
    geometry: Geometry, encoding: Encoding
) -> None:
    image = np.random.default_rng(0).integers(0, 256, (33, 47, 3), np.uint8)
    steps = own(geometry, encoding)
    pixels = chained(*(steps[name] for name in PIXELS))(image)
    assert np.array_equal(pixels, preprocess.apply(geometry, image))
    expected = preprocess.encoder(encoding)(preprocess.apply(geometry, image)[None])[0]
    assert np.array_equal(steps["encode"](pixels), expected)


def test_floats_become_whole_levels() -> None:
    assert levels(np.array([-3.0, 1.4, 1.6, 300.0])).tolist() == [0, 1, 2, 255]
