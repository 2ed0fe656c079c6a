from __future__ import annotations

import numpy as np
import pytest

from harness_verify import locating


@pytest.mark.parametrize("answer", [(3,), (3, 2, 2)], ids=["classes", "maps"])
def test_the_images_that_are_furthest_off_are_taken(answer: tuple[int, ...]) -> None:
    truth = np.zeros((7, *answer))
    ours = truth.copy()
    ours[..., 0] = np.array([3, 0, 1, np.nan, 2, 0.5, 4]).reshape(7, *[1] * (len(answer) - 1))
    assert locating._furthest(ours, truth) == [0, 3, 4, 6]
