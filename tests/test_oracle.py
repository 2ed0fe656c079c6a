from __future__ import annotations

import numpy as np
import pytest

from harness import oracle

TRUTH = np.array([[1.0, -4.0], [2.0, 3.0]])


def test_the_difference_is_relative_to_the_largest_output() -> None:
    assert oracle.relative_difference(TRUTH + np.array([[0, 0], [0.4, 0]]), TRUTH) == pytest.approx(
        0.1
    )
    assert oracle.relative_difference(TRUTH, TRUTH) == 0


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_an_output_that_is_not_finite_is_wrong_and_has_no_difference(bad: float) -> None:
    verdict = oracle.judge(np.where(TRUTH == 3, bad, TRUTH), TRUTH, allowed=1e-4)
    assert not verdict.right
    difference = verdict.measurements[0]
    assert difference.value is None
    assert "not finite" in difference.reason


@pytest.mark.parametrize(("factor", "right"), [(0.9, True), (1.1, False)])
def test_what_is_allowed_decides(factor: float, right: bool) -> None:  # noqa: FBT001
    ours = TRUTH.copy()
    ours[0, 1] -= 4 * 1e-4 * factor
    verdict = oracle.judge(ours, TRUTH, allowed=1e-4)
    assert verdict.right is right
    assert bool(verdict.reason) is not right


def test_agreement_counts_images_with_the_same_best_class() -> None:
    agreement = oracle.judge(TRUTH[:, ::-1], TRUTH, allowed=1).measurements[1]
    assert (agreement.k, agreement.n, agreement.value) == (0, 2, 0)


def test_all_images_are_compared_where_that_is_cheap_else_a_seeded_32() -> None:
    assert oracle.rows(1000, 1_000_000) == list(range(1000))
    few = oracle.rows(10_000, 4_000_000_000)
    assert len(few) == len(set(few)) == 32
    assert few == oracle.rows(10_000, 4_000_000_000)
    assert oracle.rows(10, None) == list(range(10))
    assert len(oracle.rows(10_000, None)) == 32


def test_an_oracle_that_is_not_finite_blames_nobody() -> None:
    verdict = oracle.judge(TRUTH, np.where(TRUTH == 3, np.nan, TRUTH), allowed=1e-4)
    assert verdict.right
    assert "of the oracle itself" in verdict.measurements[0].reason


def test_a_map_agrees_where_all_its_pixels_do() -> None:
    truth = np.random.default_rng(0).normal(size=(3, 4, 5, 5))
    ours = truth.copy()
    ours[1, :, 2, 3] = np.roll(truth[1, :, 2, 3], 1)
    agreement = oracle.judge(ours, truth, allowed=10).measurements[1]
    assert (agreement.k, agreement.n) == (2, 3)
