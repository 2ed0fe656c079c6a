from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from harness import store
from harness.compare.sides import between
from harness.errors import UnknownNameError, UsageError
from tests.records import NEW, OLD, record

if TYPE_CHECKING:
    from pathlib import Path

    from harness.types import Record

ONE = [1.0, 1.01, 1.0]


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """Return a folder with two runs of a suite, the newer one with a second contender."""
    folder = tmp_path / "runs"
    put(folder, record(OLD, ONE, run="1", group="1"))
    put(folder, record(OLD, ONE, run="2", group="2"))
    put(folder, record(NEW, ONE, run="2", group="2"))
    return folder


def put(runs: Path, found: Record, suite: str = "s") -> None:
    store.append(runs / suite / found.environment["machine"], found)


def calibrated(runs: Path, machine: str) -> None:
    for group in "xy":
        for label in "ab":
            found = record(
                replace(OLD, label=label), ONE, group=group, environment={"machine": machine}
            )
            put(runs, found, "calibration")


def test_two_contenders_of_the_latest_run(runs: Path) -> None:
    found = between(runs, "numpy", "torch")
    assert [(each.baseline, each.candidate) for each in found.speed] == [("numpy 1", "torch 2")]


def test_two_runs_by_id_by_file_and_by_folder(runs: Path, tmp_path: Path) -> None:
    old = tmp_path / "old"
    put(old, record(OLD, ONE, run="0", group="0"))
    for baseline in ("1", str(old), str(old / "s" / "m" / "records.jsonl")):
        for candidate in ("2", "latest"):
            found = between(runs, baseline, candidate)
            assert [each.baseline for each in found.speed] == ["numpy 1"]
            assert [each.contender for each in found.only_candidate] == ["torch 2"]
            assert (found.baseline, found.candidate) == (baseline, candidate)


def test_a_contender_wins_over_a_run_of_its_name(runs: Path) -> None:
    put(runs, record(OLD, ONE, run="numpy"), "other")
    put(runs, record(NEW, ONE, run="torch"), "other")  # now the latest, without numpy
    assert [each.candidate for each in between(runs, "numpy", "torch", "2").speed] == ["torch 2"]


def test_files_are_compared_where_nothing_ran(tmp_path: Path) -> None:
    for name in ("a", "b"):
        put(tmp_path / name, record(OLD, ONE, run=name, group=name))
    found = between(tmp_path / "none", str(tmp_path / "a"), str(tmp_path / "b"))
    assert len(found.speed) == 1


@pytest.mark.parametrize(
    ("names", "run", "message"),
    [
        (("numpy", "tosch"), None, "numpy is a contender of latest, tosch is none: .*'torch'"),
        (("numpy", "1"), None, "1 is none: give two contenders or two runs; known: numpy, torch"),
        (("nothing", "1"), None, "no run 'nothing' .*; contenders of latest: numpy, torch"),
        (("numpy", "1"), "2", "no contender named '1'; known: numpy, torch"),
        (("numpy", "torch"), "1", "no contender named 'torch'; known: numpy"),
        (("numpy", "torch"), "0", "no run '0'"),
        (("numpy", "numpy"), None, "numpy and numpy have no case in common"),
    ],
)
def test_what_is_not_known_is_one_line(
    runs: Path, names: tuple[str, str], run: str | None, message: str
) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        between(runs, *names, run)
    assert "\n" not in str(caught.value)


def test_a_contender_that_was_asked_for_is_told_the_nearest(runs: Path) -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'torch'"):
        between(runs, "numpy", "tosch", "2")


def test_runs_without_a_common_case_are_refused(runs: Path) -> None:
    put(runs, record(replace(OLD, backend="opencv"), ONE, run="3"))
    with pytest.raises(UsageError, match="1 and 3 have no case in common"):
        between(runs, "1", "3")


def test_other_machines_are_refused_unless_asked_for(runs: Path) -> None:
    put(runs, record(OLD, ONE, run="3", group="3", environment={"machine": "n"}))
    with pytest.raises(
        UsageError, match=r"1 was measured on machine m, 3 on n: .*--across-machines"
    ):
        between(runs, "1", "3")
    found = between(runs, "1", "3", across=True)
    assert len(found.speed) == 1
    assert found.notes == ("machine: m → n",)


def test_a_side_of_several_machines_or_none_is_refused(runs: Path, tmp_path: Path) -> None:
    put(runs, record(OLD, ONE, run="3", group="3", environment={"machine": "n"}))
    with pytest.raises(UsageError, match=re.escape(f"{runs} holds records of m and n")):
        between(runs, "1", str(runs), across=True)
    (tmp_path / "records.jsonl").touch()
    with pytest.raises(UsageError, match="records of no machine"):
        between(runs, "1", str(tmp_path / "records.jsonl"))


def test_the_noise_of_the_machines_in_question_is_known(runs: Path) -> None:
    for machine in "mno":
        calibrated(runs, machine)
    put(runs, record(OLD, ONE, run="3", group="3", environment={"machine": "n"}))
    assert set(between(runs, "1", "2").floors) == {"m cpu"}
    assert set(between(runs, "1", "3", across=True).floors) == {"m cpu", "n cpu"}
    (speed,) = between(runs, "1", "2").speed
    assert (speed.verdict, speed.minimum_effect) == ("same", 0.02)
