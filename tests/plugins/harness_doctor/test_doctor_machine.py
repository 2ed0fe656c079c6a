from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING

import psutil
import pytest

from harness import environment
from harness_doctor import machine

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder that stands for /sys/devices/system."""
    folder = tmp_path / "system"
    monkeypatch.setattr(machine, "SYSTEM", folder)
    monkeypatch.setattr(machine, "SECONDS", 0.05)
    return folder


def plant(folder: Path, files: dict[str, str]) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{content}\n")


def test_what_the_system_shows_is_read(system: Path, tmp_path: Path) -> None:
    plant(
        system,
        {
            "cpu/cpu0/cpufreq/scaling_governor": "performance",
            "cpu/cpu1/cpufreq/scaling_governor": "powersave",
            "cpu/cpufreq/boost": "1",
            "clocksource/clocksource0/current_clocksource": "hpet",
        },
    )
    read = machine.read(tmp_path / "results")
    assert read.governors == ("performance", "powersave")
    assert read.turbo is True
    assert read.clock_source == "hpet"
    assert read.cores == environment.cores()
    assert read.memory_available > 0
    assert set(read.disks) == {"results", "cache"}
    assert read.floor is None


def test_a_system_that_shows_nothing_is_read(system: Path, tmp_path: Path) -> None:
    read = machine.read(tmp_path)
    assert not system.exists()
    assert (read.governors, read.turbo, read.clock_source) == ((), None, "")
    assert machine.throttled() is None
    assert machine.last_cache() is None


@pytest.mark.parametrize(
    ("name", "content", "turbo"),
    [
        ("cpu/cpufreq/boost", "0", False),
        ("cpu/intel_pstate/no_turbo", "0", True),
        ("cpu/intel_pstate/no_turbo", "1", False),
    ],
)
def test_turbo_is_told_by_either_driver(
    system: Path,
    name: str,
    content: str,
    turbo: bool,  # noqa: FBT001
) -> None:
    plant(system, {name: content})
    assert machine._turbo() is turbo


def test_throttling_is_summed_over_cpus(system: Path) -> None:
    for cpu, count in enumerate(["3", "4"]):
        plant(system, {f"cpu/cpu{cpu}/thermal_throttle/core_throttle_count": count})
    assert machine.throttled() == 7


def test_each_last_cache_counts_once(system: Path) -> None:
    for cpu, shared in enumerate(["0-1", "0-1", "2-3", "2-3"]):
        cache = f"cpu/cpu{cpu}/cache"
        for index, level, size, cpus in (
            (0, "1", "48K", str(cpu)),
            (3, "3", "32768K", shared),
        ):
            files = {"level": level, "size": size, "shared_cpu_list": cpus}
            plant(system, {f"{cache}/index{index}/{name}": each for name, each in files.items()})
    assert machine.last_cache() == 2 * 32 * 2**20


def test_variables_that_change_figures_are_told_apart(
    system: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_WAIT_POLICY", "active")
    monkeypatch.setenv("MALLOC_ARENA_MAX", "1")
    monkeypatch.setenv("OMPELETTE", "1")
    read = machine.read(system)
    assert "OMP_WAIT_POLICY" in read.removed
    assert "OMPELETTE" not in read.removed
    assert "MALLOC_ARENA_MAX" in read.inherited


def test_a_process_that_works_meanwhile_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "SECONDS", 0.5)
    monkeypatch.setattr(machine, "NAMED", 1000)
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as other:
        try:
            _, named = machine._watched()
        finally:
            other.kill()
    assert f"({other.pid})" in " ".join(named)


@pytest.mark.parametrize("plugged", [True, False, None])
def test_a_battery_is_asked_for_mains(
    system: Path, monkeypatch: pytest.MonkeyPatch, *, plugged: bool | None
) -> None:
    told = None if plugged is None else SimpleNamespace(power_plugged=plugged)
    monkeypatch.setattr(psutil, "sensors_battery", lambda: told, raising=False)
    assert machine.read(system).plugged is plugged


def test_room_is_that_of_the_folder_to_come(tmp_path: Path) -> None:
    assert machine._free(tmp_path / "not" / "yet") == pytest.approx(
        psutil.disk_usage(str(tmp_path)).free, rel=0.01
    )
