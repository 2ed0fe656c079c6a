from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from harness.compare import compare, of_backends, verdict
from harness.errors import UnknownNameError
from harness.stats import Estimate
from harness.types import Case, Contender, Job, Record

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.types import Kind, Status

OLD = Contender(backend="numpy", version="1")
NEW = Contender(backend="torch", version="2")
CASE = Case(
    model="zoo:lenet5",
    weights="pretrained",
    artefact="a",
    subset=None,
    device="cpu",
    precision="fp32",
    batch_size=1,
)
DRIFT = np.exp(np.random.default_rng(0).normal(0, 0.5, 10))
JITTER = np.exp(np.random.default_rng(1).normal(0, 0.005, 10))


def record(  # noqa: PLR0913 - all that a comparison may hang on
    contender: Contender,
    medians: Iterable[float | None] = (),
    *,
    kind: Kind = "speed",
    group: str = "g",
    status: Status = "ok",
    reason: str = "",
    case: Case = CASE,
    key: str = "",
) -> Record:
    return Record(
        schema=1,
        run_id="r",
        group_run_id=group,
        job=Job(
            kind=kind,
            key=key or f"{kind} {contender.backend} {case.batch_size}",
            case=case,
            contender=contender,
        ),
        status=status,
        reason=reason,
        details={"round_medians": list(medians)},
    )


@pytest.mark.parametrize(
    ("ratio", "expected"), [(0.9, "faster"), (1.1, "slower"), (1.0, "same"), (0.98, "ambiguous")]
)
def test_paired_rounds_see_through_drift(ratio: float, expected: str) -> None:
    (found,) = compare([record(OLD, DRIFT), record(NEW, ratio * DRIFT * JITTER)], OLD, NEW)
    assert found.verdict == expected
    assert found.ratio is not None
    assert found.ratio.value == pytest.approx(ratio, rel=0.01)
    assert found.ratio.low is not None
    assert found.ratio.high is not None
    assert found.ratio.low < found.ratio.value < found.ratio.high
    assert found.rounds == 10


def test_other_groups_are_unpaired_and_say_so() -> None:
    records = [record(OLD, DRIFT), record(NEW, 0.1 * DRIFT, group="other")]
    (found,) = compare(records, OLD, NEW)
    assert found.verdict == "unpaired"
    assert "different groups" in found.reason
    assert found.ratio is not None
    assert found.ratio.value == pytest.approx(0.1)
    assert found.ratio.low is not None
    assert found.ratio.low < 0.1 * DRIFT.min() / DRIFT.max() * 5


@pytest.mark.parametrize("kind", ["speed", "accuracy"])
def test_wrong_outputs_are_refused_a_verdict_wherever_it_was_found(kind: Kind) -> None:
    fast = record(NEW, 0.1 * DRIFT)
    wrong = record(NEW, 0.1 * DRIFT, kind=kind, status="wrong", reason="difference 0.3")
    (found,) = compare([record(OLD, DRIFT), fast, wrong], OLD, NEW)
    assert (found.verdict, found.ratio) == ("refused", None)
    assert found.reason == "torch is wrong: difference 0.3"


def test_failures_are_refused_a_verdict() -> None:
    (found,) = compare([record(OLD, status="oom"), record(NEW, DRIFT)], OLD, NEW)
    assert (found.verdict, found.reason) == ("refused", "numpy is oom")


def test_rounds_that_one_of_them_missed_are_left_out() -> None:
    records = [record(OLD, [1.0, 2.0, 3.0, 4.0]), record(NEW, [2.0, None, 6.0])]
    (found,) = compare(records, OLD, NEW)
    assert (found.rounds, found.verdict) == (2, "slower")
    assert found.ratio is not None
    assert (found.ratio.value, found.ratio.low) == pytest.approx((2, 2))


def test_a_single_round_is_ambiguous() -> None:
    (found,) = compare([record(OLD, [1.0]), record(NEW, [2.0])], OLD, NEW)
    assert (found.verdict, found.reason) == ("ambiguous", "a single round has no interval")


@pytest.mark.parametrize("group", ["g", "other"])
def test_no_rounds_are_refused(group: str) -> None:
    (found,) = compare([record(OLD), record(NEW, DRIFT, group=group)], OLD, NEW)
    assert found.verdict == "refused"


def test_only_cases_of_both_are_compared() -> None:
    other = replace(CASE, batch_size=2)
    records = [record(OLD, DRIFT), record(OLD, DRIFT, case=other), record(NEW, DRIFT)]
    assert [each.case for each in compare(records, OLD, NEW)] == [CASE]


def test_a_group_measured_again_supersedes_the_old_one() -> None:
    old = [record(OLD, DRIFT, group="1"), record(NEW, 2 * DRIFT, group="1")]
    new = [record(OLD, DRIFT, group="2"), record(NEW, DRIFT * JITTER, group="2")]
    (found,) = compare([*old, *new], OLD, NEW)
    assert found.verdict == "same"


@pytest.mark.parametrize(
    ("value", "low", "high", "expected"),
    [
        (0.90, 0.85, 0.95, "faster"),
        (0.985, 0.975, 0.995, "ambiguous"),  # significant, but too small an effect
        (0.90, 0.79, 1.01, "ambiguous"),  # large, but not significant
        (0.99, 0.985, 0.995, "same"),  # significant and negligible
        (1.10, 1.05, 1.15, "slower"),
        (1.00, 0.90, 1.10, "ambiguous"),
    ],
)
def test_a_verdict_needs_significance_and_effect(
    value: float, low: float, high: float, expected: str
) -> None:
    assert verdict(Estimate(value=value, low=low, high=high)) == expected


def test_the_minimum_effect_can_be_chosen() -> None:
    estimate = Estimate(value=0.95, low=0.94, high=0.96)
    assert verdict(estimate, minimum_effect=0.10) == "same"
    assert verdict(estimate, minimum_effect=0.02) == "faster"


def test_backends_are_compared_by_name() -> None:
    records = [record(OLD, DRIFT), record(NEW, 0.5 * DRIFT)]
    (found,) = of_backends(records, "numpy", "torch")
    assert found.verdict == "faster"
    with pytest.raises(UnknownNameError, match="no timed backend named 'tosch'; did you mean"):
        of_backends(records, "numpy", "tosch")
