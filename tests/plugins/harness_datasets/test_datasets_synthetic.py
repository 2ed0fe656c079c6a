from __future__ import annotations

from pathlib import Path

import numpy as np

from harness import cache
from harness_datasets import synthetic


def test_noise_is_the_same_everywhere_and_no_two_images_are_equal() -> None:
    samples = synthetic.dataset().open("test", Path())
    images = [np.asarray(sample.image) for sample in samples]
    assert len(images) == synthetic.dataset().splits["test"]
    assert all(image.shape == (256, 256, 3) and image.dtype == np.uint8 for image in images)
    assert len({image.tobytes() for image in images}) == len(images)
    assert 127 < np.mean(images) < 128
    assert cache.digest(images[0].ravel()[:64].tolist())[:16] == "8b25331db2dca206"
