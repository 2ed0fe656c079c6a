from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from harness.calibration import Floor
from harness.compare.pairing import Pair
from harness.compare.speed import APART, UNKNOWN_NOISE, figure, of_pair, ranks, verdict
from harness.stats import Estimate
from tests.records import NEW, OLD, record, rounds

if TYPE_CHECKING:
    from harness.compare.speed import Speed
    from harness.types import Kind, Record

DRIFT = np.exp(np.random.default_rng(0).normal(0, 0.5, 10))
JITTER = np.exp(np.random.default_rng(1).normal(0, 0.005, 10))
QUIET = {"m cpu": Floor(paired=0.01, between=0.05, groups=10, measured="")}
NOISY = {"m cpu": Floor(paired=0.15, between=0.30, groups=10, measured="")}


def compared(
    baseline: Record,
    candidate: Record,
    floors: dict[str, Floor] | None = None,
    wrong: tuple[Record, ...] = (),
) -> Speed:
    return of_pair(Pair(baseline, candidate), wrong, floors or {})


@pytest.mark.parametrize(
    ("ratio", "expected"), [(0.9, "faster"), (1.1, "slower"), (1.0, "same"), (0.98, "ambiguous")]
)
def test_paired_rounds_see_through_drift(ratio: float, expected: str) -> None:
    found = compared(record(OLD, DRIFT), record(NEW, ratio * DRIFT * JITTER))
    assert found.verdict == expected
    assert found.ratio is not None
    assert found.ratio.value == pytest.approx(ratio, rel=0.01)
    assert found.ratio.low is not None
    assert found.ratio.high is not None
    assert found.ratio.low < found.ratio.value < found.ratio.high
    assert (found.rounds, found.minimum_effect, found.reason) == (10, 0.02, "")
    assert (found.baseline, found.candidate) == ("numpy 1", "torch 2")


def test_the_noise_within_a_group_is_the_minimum_effect() -> None:
    records = record(OLD, DRIFT), record(NEW, 1.1 * DRIFT * JITTER)
    assert compared(*records, QUIET).minimum_effect == 0.02
    found = compared(*records, NOISY)
    assert (found.verdict, found.minimum_effect) == ("same", 0.15)


def test_between_groups_nothing_is_said_before_the_noise_is_known() -> None:
    found = compared(record(OLD, JITTER), record(NEW, 3 * JITTER, group="other"))
    assert (found.verdict, found.minimum_effect) == ("ambiguous", None)
    assert found.reason == f"{APART}; {UNKNOWN_NOISE}"
    assert found.ratio is not None
    assert found.ratio.value == pytest.approx(3)


@pytest.mark.parametrize(
    ("ratio", "expected"), [(1.2, "slower"), (0.8, "faster"), (1.0, "same"), (1.05, "ambiguous")]
)
def test_between_groups_the_noise_between_groups_decides(ratio: float, expected: str) -> None:
    other = record(NEW, ratio * JITTER[::-1], group="other")
    found = compared(record(OLD, JITTER), other, QUIET)
    assert (found.verdict, found.minimum_effect, found.reason) == (expected, 0.05, APART)
    assert compared(record(OLD, JITTER), other, NOISY).verdict == "same"


def test_between_machines_the_larger_noise_counts_and_both_must_be_known() -> None:
    there = record(NEW, 1.2 * JITTER, group="other", environment={"machine": "n"})
    here = record(OLD, JITTER)
    assert compared(here, there, QUIET).minimum_effect is None
    found = compared(here, there, QUIET | {"n cpu": NOISY["m cpu"]})
    assert (found.verdict, found.minimum_effect) == ("same", 0.30)


@pytest.mark.parametrize("kind", ["speed", "accuracy"])
def test_wrong_outputs_are_refused_a_verdict_wherever_it_was_found(kind: Kind) -> None:
    fast = record(NEW, 0.1 * DRIFT)
    wrong = record(NEW, kind=kind, status="wrong", reason="difference 0.3")
    found = compared(record(OLD, DRIFT), fast, wrong=(wrong,))
    assert (found.verdict, found.ratio, found.broken) == ("refused", None, True)
    assert found.reason == "torch is wrong: difference 0.3"


def test_what_was_wrong_in_another_run_is_not_held_against_it() -> None:
    wrong = record(NEW, kind="accuracy", status="wrong", run="earlier")
    found = compared(record(OLD, DRIFT), record(NEW, 0.5 * DRIFT), wrong=(wrong,))
    assert found.verdict == "faster"


@pytest.mark.parametrize(
    ("baseline", "candidate", "reason", "broken"),
    [("oom", "ok", "numpy is oom", False), ("ok", "skipped", "torch is skipped", True)],
)
def test_failures_are_refused_a_verdict(
    baseline: str, candidate: str, reason: str, *, broken: bool
) -> None:
    one = replace(record(OLD, DRIFT), status=baseline)  # type: ignore[arg-type]
    other = replace(record(NEW, DRIFT), status=candidate)  # type: ignore[arg-type]
    found = compared(one, other)
    assert (found.verdict, found.reason, found.broken) == ("refused", reason, broken)


@pytest.mark.parametrize("group", ["g", "other"])
def test_a_single_round_is_ambiguous(group: str) -> None:
    found = compared(record(OLD, [1.0]), record(NEW, [2.0], group=group), QUIET)
    assert found.verdict == "ambiguous"
    assert found.reason.endswith("a single round has no interval")


@pytest.mark.parametrize("group", ["g", "other"])
def test_no_rounds_are_refused(group: str) -> None:
    found = compared(record(OLD), record(NEW, DRIFT, group=group), QUIET)
    assert (found.verdict, found.reason) == ("refused", "no round was timed for both")
    assert not found.broken


@pytest.mark.parametrize(
    ("value", "low", "high", "expected"),
    [
        (0.90, 0.85, 0.95, "faster"),
        (0.985, 0.975, 0.995, "ambiguous"),  # significant, but too small an effect
        (0.90, 0.79, 1.01, "ambiguous"),  # large, but not significant
        (0.99, 0.985, 0.995, "same"),  # significant and negligible
        (1.10, 1.05, 1.15, "slower"),
        (1.00, 0.90, 1.10, "ambiguous"),
        (1.10, None, None, "ambiguous"),
    ],
)
def test_a_verdict_needs_significance_and_effect(
    value: float, low: float | None, high: float | None, expected: str
) -> None:
    assert verdict(Estimate(value=value, low=low, high=high)) == expected


def test_the_minimum_effect_can_be_chosen() -> None:
    estimate = Estimate(value=0.95, low=0.94, high=0.96)
    assert verdict(estimate, minimum_effect=0.10) == "same"
    assert verdict(estimate, minimum_effect=0.02) == "faster"


@pytest.mark.parametrize(
    ("estimate", "text"),
    [
        (Estimate(value=1.5, low=1.25, high=2), "1.500 [1.250, 2.000]"),
        (Estimate(value=0.00123, low=0.001, high=0.2), "0.0012 [0.001, 0.200]"),
        (Estimate(value=2), "2.000"),
    ],
)
def test_a_ratio_is_told_in_digits_that_say_something(estimate: Estimate, text: str) -> None:
    assert figure(estimate) == text


@pytest.mark.parametrize("count", [10, 25])  # a t-interval and a bootstrap
def test_of_planted_slowdowns_ten_percent_is_found_and_nothing_is_not(count: int) -> None:
    rng = np.random.default_rng(count)
    found: dict[float, list[str]] = {1.0: [], 1.03: [], 1.1: []}
    for _ in range(100):
        base, *others = rounds(rng, [1.0, *found], count=count)
        for planted, medians in zip(found, others, strict=True):
            speed = compared(record(OLD, base), record(NEW, medians))
            found[planted].append(speed.verdict)
    assert set(found[1.0]) <= {"same", "ambiguous"}
    assert found[1.0].count("same") >= 90
    assert "faster" not in found[1.03]
    assert set(found[1.1]) == {"slower"}


def test_between_groups_drift_alone_is_mostly_no_verdict() -> None:
    """The floor of 10 groups is exceeded in 1 of 18; without it nearly all would be verdicts."""
    rng = np.random.default_rng(0)
    pairs = [[rounds(rng, [1.0])[0] for _ in range(2)] for _ in range(200)]
    calibrated = [rounds(rng, [1.0])[0] for _ in range(10)]
    means = [float(np.exp(np.log(each).mean())) for each in calibrated]
    between = max(means) / min(means) - 1
    floors = {"m cpu": Floor(paired=0.0, between=between, groups=10, measured="")}
    found = [
        compared(record(OLD, one), record(NEW, other, group="other"), floors).verdict
        for one, other in pairs
    ]
    assert sum(each in {"faster", "slower"} for each in found) <= 20
    slower = [
        compared(record(OLD, one), record(NEW, 10 * one, group="other"), floors).verdict
        for one, _ in pairs
    ]
    assert set(slower) == {"slower"}


def test_rows_that_the_rounds_do_not_tell_apart_share_a_rank() -> None:
    rng = np.random.default_rng(0)
    medians = rounds(rng, [2.0, 1.0, 1.002, 3.0])
    records = [record(replace(OLD, version=str(at)), each) for at, each in enumerate(medians)]
    assert ranks(records) == [3, 1, 1, 4]


def test_a_rank_needs_more_than_the_noise() -> None:
    medians = rounds(np.random.default_rng(0), [1.0, 1.1])
    records = [record(OLD, medians[0]), record(NEW, medians[1])]
    assert ranks(records) == [1, 2]
    assert ranks(records[::-1]) == [2, 1]
    assert ranks(records, floor=0.2) == [1, 1]


def test_what_failed_or_is_a_control_has_no_rank_and_takes_none() -> None:
    fast = 0.5 * DRIFT
    records = [
        record(OLD, DRIFT),
        record(NEW, fast, status="wrong"),
        record(replace(NEW, version="3"), status="failed"),
        record(replace(NEW, role="control"), fast),
        record(replace(NEW, version="4"), 2 * DRIFT),
    ]
    assert ranks(records) == [1, None, None, None, 2]


def test_across_groups_nobody_is_ranked() -> None:
    other = record(NEW, 9 * DRIFT, group="other")
    assert ranks([record(OLD, DRIFT), other, replace(other, status="failed")]) == [None] * 3
