from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from harness import cgroup, conditions
from harness.conditions import Reading, between

if TYPE_CHECKING:
    from pathlib import Path

BEFORE = Reading(
    seconds=100.0,
    processor=(50.0, 1.0),
    periods=((10, 0), (100, 50)),
    pressure={"cpu": 5.0, "io": 0.0},
    mhz=3000.0,
)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(conditions, "PROC", tmp_path)
    monkeypatch.setattr(conditions, "CPUS", tmp_path / "cpus")
    monkeypatch.setattr(cgroup, "CGROUP", tmp_path / "cgroup")
    monkeypatch.setattr(cgroup, "PROCESS", tmp_path / "self")
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0, 1}, raising=False)
    monkeypatch.setattr("os.sysconf", {"SC_CLK_TCK": 100}.__getitem__)
    return tmp_path


def test_a_machine_that_shows_nothing_gives_the_time_alone(root: Path) -> None:
    assert not list(root.iterdir())
    before, after = conditions.read(), conditions.read()
    assert list(between(before, after, 0.0)) == ["seconds"]


def test_counters_are_read_from_where_linux_keeps_them(root: Path) -> None:
    for folder in ("pressure", "cgroup", "cpus/cpu1/cpufreq"):
        (root / folder).mkdir(parents=True)
    (root / "stat").write_text("cpu  1000 200 300 9999 88 40 60 250 70 70\ncpu0 1 1 1 1\n")
    (root / "pressure" / "io").write_text("some avg10=0.0 total=2500000\nfull avg10=0.0 total=9\n")
    (root / "cgroup" / "cpu.stat").write_text("nr_periods 7\nnr_throttled 3\n")
    (root / "cpus" / "cpu1" / "cpufreq" / "scaling_cur_freq").write_text("2400000\n")
    found = conditions.read()
    assert found == Reading(
        seconds=found.seconds,
        processor=(16.0, 2.5),
        periods=((7, 3),),
        pressure={"io": 2.5},
        mhz=2400.0,
    )


def test_clocks_of_a_virtual_machine_stand_in_cpuinfo(root: Path) -> None:
    (root / "cpuinfo").write_text("cpu MHz\t\t: 2596.12\n\ncpu MHz\t\t: 3100.54\n")
    assert conditions.read().mhz == 3100.5


def test_a_system_that_counts_no_ticks_does_not_show_them(root: Path) -> None:
    (root / "stat").write_text("cpu  0 0 0 0 0 0 0 0 0 0\n")
    assert conditions.read().processor is None


def test_between_two_readings_stands_what_happened_meanwhile() -> None:
    after = Reading(
        seconds=110.0,
        processor=(68.0, 3.0),
        periods=((30, 5), (120, 50)),
        pressure={"cpu": 7.0, "io": 0.0},
        mhz=2000.0,
    )
    assert between(BEFORE, after, own_cpu_seconds=13.0) == {
        "seconds": 10.0,
        "elsewhere_cores": 0.5,
        "steal": 0.1,
        "throttled": 0.25,
        "pressure": {"cpu": 0.2, "io": 0.0},
        "mhz": [3000.0, 2000.0],
    }


def test_shares_stay_between_none_and_all() -> None:
    after = replace(
        BEFORE, seconds=101.0, processor=(50.5, 0.0), pressure={"cpu": 6.1, "memory": 1.0}
    )
    found = between(BEFORE, after, own_cpu_seconds=2.0)
    assert found["elsewhere_cores"] == 0.0
    assert found["steal"] == 0.0
    assert found["throttled"] == 0.0
    assert found["pressure"] == {"cpu": 1.0}


def test_a_moment_stolen_from_an_idle_machine_is_a_small_share() -> None:
    after = replace(BEFORE, seconds=101.0, processor=(50.01, 1.02))
    assert between(BEFORE, after, own_cpu_seconds=0.0)["steal"] == 0.02


def test_own_cpu_holds_what_children_use_and_used() -> None:
    code = "while True: pass"
    before = conditions.own_cpu()
    with subprocess.Popen([sys.executable, "-c", code]) as child:
        while conditions.own_cpu() < before + 0.1:
            assert child.poll() is None
        child.kill()
    assert conditions.own_cpu() > before + 0.05  # what it used still counts, to the clock's grain
