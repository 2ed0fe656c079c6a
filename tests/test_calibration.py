from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from harness import calibration, store
from harness.calibration import Floor, floor
from tests.records import CASE, OLD, record

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from harness.types import Case, Record

A, B = (replace(OLD, label=side) for side in calibration.SIDES)


def group(
    name: str, first: float, second: float, case: Case = CASE, started: str = "2026-11-01"
) -> list[Record]:
    """Return a group in which "a" and "b" took so long."""
    return [
        record(who, [took] * 4, group=name, case=case, started=started)
        for who, took in ((A, first), (B, second))
    ]


def found(runs: Path, records: Iterable[Record]) -> Floor | None:
    for each in records:
        store.append(runs / "calibration" / "m", each)
    return floor(runs, "m")


def test_the_floors_are_the_largest_differences_of_what_is_equal(tmp_path: Path) -> None:
    records = [
        *group("1", 1.00, 1.02),
        *group("2", 1.10, 1.10),
        *group("3", 1.25, 1.24, started="2026-11-02"),
    ]
    known = found(tmp_path, records)
    assert known is not None
    assert known.paired == pytest.approx(0.02)
    assert known.between == pytest.approx(0.25)
    assert (known.groups, known.measured) == (3, "2026-11-02")


def test_faster_and_slower_weigh_the_same(tmp_path: Path) -> None:
    known = found(tmp_path, [*group("1", 1.25, 1.0), *group("2", 0.8, 0.8)])
    assert known is not None
    assert known.paired == pytest.approx(0.25)
    assert known.between == pytest.approx(1.25 / 0.8 - 1)


def test_drift_within_a_group_is_no_noise_between_the_paired(tmp_path: Path) -> None:
    drift = [1.0, 4.0, 2.0]
    records = [record(who, drift, group=name) for name in "12" for who in (A, B)]
    assert found(tmp_path, records) == Floor(
        paired=0,
        between=0,
        groups=2,
        measured="2026-11-25T12:00:00+00:00",
        of=("numpy on zoo:lenet5 @1",),
    )


def test_only_one_case_is_compared_with_itself(tmp_path: Path) -> None:
    large = replace(CASE, batch_size=8)
    records = [group(name, 1, 1) for name in "12"] + [group(name, 8, 8, large) for name in "34"]
    known = found(tmp_path, [each for four in records for each in four])
    assert known is not None
    assert (known.between, known.groups) == (0, 4)


def test_other_code_is_no_noise(tmp_path: Path) -> None:
    changed = [
        replace(each, job=replace(each.job, key=f"new {each.job.key}"))
        for name in "34"
        for each in group(name, 9, 9)
    ]
    known = found(tmp_path, [*group("1", 1, 1), *group("2", 1, 1), *changed])
    assert known is not None
    assert known.between == 0


def test_failures_and_other_kinds_say_nothing(tmp_path: Path) -> None:
    records = [*group("1", 1, 1), *group("2", 1, 1)]
    failed = replace(group("3", 9, 9)[0], status="failed")
    memory = record(A, [9.0], kind="memory", group="3")
    known = found(tmp_path, [*records, failed, memory])
    assert known is not None
    assert (known.between, known.groups) == (0, 2)


@pytest.mark.parametrize(
    "records",
    [
        [],
        group("1", 1, 1),
        [each for name in "12" for each in group(name, 1, 1) if each.job.contender == A],
        [*group("1", 1, 1), *group("2", 1, 1, replace(CASE, batch_size=8))],
    ],
    ids=["nothing", "one group", "one side", "two cases"],
)
def test_too_little_is_no_calibration(tmp_path: Path, records: list[Record]) -> None:
    assert found(tmp_path, records) is None


def test_another_machine_is_not_calibrated_by_it(tmp_path: Path) -> None:
    found(tmp_path, [*group("1", 1, 1), *group("2", 1, 1)])
    assert floor(tmp_path, "n") is None
