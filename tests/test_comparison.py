from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from harness import compare, decode
from harness.calibration import Floor
from harness.comparison import text
from tests.records import CASE, NEW, OLD, classified, record

if TYPE_CHECKING:
    from pathlib import Path

ONE = [1.0, 1.0, 1.0]
FLOORS = {
    "m cpu": Floor(
        paired=0.018,
        between=0.24,
        groups=20,
        measured="2026-11-25T12:00:00+00:00",
        of=("numpy on zoo:lenet5 @1",),
    )
}
EIGHT = replace(CASE, batch_size=8)

GOLDEN = """\
after against before; a ratio under 1 is faster

latency of numpy 1 → numpy 2, minimum effect 24.0%: in different groups
  faster     0.500 [0.500, 0.500], 3 rounds in 1 process     zoo:lenet5 · cpu · fp32 · @1
  same       1.000 [1.000, 1.000], 3 rounds in 1 process     zoo:lenet5 · cpu · fp32 · @8

latency of torch 2: torch is oom: 9 [GiB]
  refused                                                    zoo:lenet5 · cpu · fp32 · @8

Top-1 of numpy 1 → numpy 2
  no difference found  1 of 2 → 2 of 2, p 1                            zoo:lenet5 · cpu · fp32 · mnist/test

only in before
  speed of torch 2 · zoo:lenet5 · cpu · fp32 · @1 · mnist/test · ok

noise of m cpu: 1.8% within a group, 24.0% between groups (20 groups of numpy on zoo:lenet5 @1, the last measured 2026-11-25)
python: 3.11 → 3.12"""  # noqa: E501 - as it is printed


def compared(tmp_path: Path, floors: dict[str, Floor]) -> compare.Comparison:
    newer = replace(OLD, version="2")
    there = {"python": "3.12"}
    before = [
        record(OLD, ONE, environment={"python": "3.11"}),
        record(OLD, ONE, case=EIGHT, environment={"python": "3.11"}),
        record(NEW, ONE),
        record(NEW, ONE, case=EIGHT),
        classified(OLD, [0, 1], tmp_path / "old"),
    ]
    after = [
        record(newer, [0.5] * 3, group="2", environment=there),
        record(newer, ONE, group="2", case=EIGHT, environment=there),
        record(NEW, case=EIGHT, status="oom", reason="9 [GiB]", run="2"),
        classified(newer, [0, 0], tmp_path / "new"),
    ]
    return compare.of_runs(before, after, ("before", "after"), floors)


def test_a_comparison_is_told_under_what_its_cases_have_in_common(tmp_path: Path) -> None:
    assert text(compared(tmp_path, FLOORS)) == GOLDEN


def test_without_calibration_it_is_said_what_measures_the_noise(tmp_path: Path) -> None:
    told = text(compared(tmp_path, {})).splitlines()
    assert told[-2:] == [
        "noise of this machine: not known; harness calibrate measures it",
        "python: 3.11 → 3.12",
    ]
    unknown = "the noise between runs of this machine is not known: harness calibrate"
    assert f"latency of numpy 1 → numpy 2: in different groups; {unknown}" in told


def test_a_comparison_is_read_by_machines(tmp_path: Path) -> None:
    found = decode.plain(compared(tmp_path, FLOORS))
    first = found["speed"][0]
    assert (first["verdict"], first["ratio"]["value"]) == ("faster", 0.5)
    assert first["case"]["model"] == "zoo:lenet5"
    assert found["accuracy"][0]["top1"] == [[1, 2], [2, 2]]
    assert found["floors"]["m cpu"]["between"] == 0.24
