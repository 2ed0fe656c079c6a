from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from harness import compare
from harness.calibration import Floor
from harness.compare.regression import judged
from harness.errors import UsageError
from tests.records import CASE, NEW, OLD, classified, record

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from harness.compare import Comparison
    from harness.types import Record, Status

JITTER = np.exp(np.random.default_rng(0).normal(0, 0.005, 10))
FLOORS = {"m cpu": Floor(paired=0.01, between=0.08, groups=10, measured="")}


def between(
    baseline: Iterable[Record],
    candidate: Iterable[Record],
    floors: dict[str, Floor] | None = None,
) -> Comparison:
    return compare.of_runs(
        baseline, candidate, ("before", "after"), FLOORS if floors is None else floors
    )


def timed(ratio: float, group: str = "2") -> Record:
    return record(replace(OLD, version="2"), ratio * JITTER[::-1], group=group)


@pytest.mark.parametrize(
    ("ratio", "least", "worse"),
    [(1.2, 0.10, True), (1.2, 0.30, False), (1.05, 0.03, False), (0.5, 0.05, False)],
)
def test_slower_counts_beyond_what_is_asked_and_beyond_the_noise(
    ratio: float, least: float, *, worse: bool
) -> None:
    found, said = judged(between([record(OLD, JITTER)], [timed(ratio)]), least)
    assert found is worse
    if worse:
        expected = "regression: zoo:lenet5 · cpu · fp32 · @1: latency of numpy 2 over numpy 1 is "
        assert said.startswith(f"{expected}1.2")
    else:
        assert said.startswith(f"no regression of {least:.1%} or more")


def test_what_the_noise_hides_is_said() -> None:
    found, said = judged(between([record(OLD, JITTER)], [timed(1.08)]), 0.03)
    assert not found
    assert said == (
        "no regression of 3.0% or more was found; the noise hides any under 8.0%; "
        "1 of 1 cases have no answer"
    )
    _, said = judged(between([record(OLD, JITTER)], [timed(1.0)]), 0.10)
    assert said == "no regression of 10.0% or more was found"


def test_within_a_group_no_calibration_is_needed() -> None:
    slower = record(NEW, 1.2 * JITTER)
    found = compare.of_contenders([record(OLD, JITTER), slower], "numpy", "torch", {})
    assert judged(found, 0.05)[0]


def test_a_gate_that_could_never_fail_is_refused() -> None:
    found = between([record(OLD, JITTER)], [timed(2)], {})
    with pytest.raises(UsageError, match="run harness calibrate first"):
        judged(found, 0.05)


def test_without_anything_timed_no_calibration_is_needed(tmp_path: Path) -> None:
    records = [classified(OLD, [0, 1], tmp_path / "p")]
    assert judged(between(records, records, {}), 0.05) == (
        False,
        "no regression of 5.0% or more was found; no latency was compared",
    )


def test_less_accurate_counts_when_the_images_tell(tmp_path: Path) -> None:
    right = classified(OLD, [0] * 8, tmp_path / "right")
    worse = classified(OLD, [1] * 7 + [0], tmp_path / "worse")
    found, said = judged(between([right], [worse]), 0.05)
    assert found
    assert said.endswith("numpy 1 has 1 of 8 right, numpy 1 8 of 8 (p 0.016)")
    assert not judged(between([worse], [right]), 0.05)[0]
    little = classified(OLD, [1, 1, 1, 0, 0, 0, 0, 0], tmp_path / "little")
    assert not judged(between([right], [little]), 0.05)[0]


@pytest.mark.parametrize("status", ["wrong", "failed", "oom", "skipped"])
def test_what_was_ok_and_is_no_longer_counts(tmp_path: Path, status: Status) -> None:
    before = [record(OLD, JITTER), classified(OLD, [0], tmp_path / "p")]
    after = [replace(each, run_id="s", status=status, reason="why") for each in before]
    found, said = judged(between(before, after), 0.05)
    assert found
    assert [line.rpartition(": numpy ")[2] for line in said.splitlines()] == [
        f"is {status}: why"
    ] * 2
    assert not judged(between(after, after), 0.05)[0]
    assert not judged(between(after, before), 0.05)[0]


def test_what_was_ok_and_is_not_there_counts() -> None:
    more = replace(CASE, batch_size=8)
    both = [record(OLD, JITTER), record(OLD, JITTER, case=more)]
    found, said = judged(between(both, both[:1]), 0.05)
    assert found
    assert said == "regression: zoo:lenet5 · cpu · fp32 · @8: speed of numpy 1 is only in before"
    assert not judged(between(both[:1], both), 0.05)[0]
    failed = [both[0], replace(both[1], status="failed")]
    assert not judged(between(failed, both[:1]), 0.05)[0]
