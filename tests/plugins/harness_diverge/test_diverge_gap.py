from __future__ import annotations

import numpy as np

from harness_diverge import gap


def test_differences_are_gathered_over_images() -> None:
    zeros = np.zeros((2, 2), np.uint8)
    same, other = gap.between(zeros, zeros), gap.between(zeros, np.array([[0, 3], [0, 1]]))
    found = gap.over([same, other], relative=False)
    assert (found.mean, found.largest, found.images, found.sizes) == (0.5, 3.0, 1, "")
    assert found.beyond(2.9)
    assert not found.beyond(3)


def test_outputs_are_relative_to_the_largest_of_all_images() -> None:
    one = gap.between(np.array([1.0, -8.0]), np.array([1.0, -8.0]))
    other = gap.between(np.array([1.0, 2.0]), np.array([1.0, 0.0]))
    found = gap.over([one, other], relative=True)
    assert (found.mean, found.largest) == (0.0625, 0.25)


def test_other_sizes_have_no_figure_and_count_as_different() -> None:
    found = gap.over([gap.between(np.zeros((2, 3)), np.zeros((3, 2)))], relative=False)
    assert (found.mean, found.largest, found.images) == (None, None, 1)
    assert found.sizes == "2 x 3 in A, 3 x 2 in B"
    assert found.beyond(1e9)


def test_what_is_not_finite_is_infinitely_far() -> None:
    found = gap.over([gap.between(np.ones(2), np.array([1, np.nan]))], relative=True)
    assert found.largest == np.inf
    assert found.beyond(1e9)
