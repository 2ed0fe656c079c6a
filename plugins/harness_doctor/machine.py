"""What this machine shows of all that may spoil figures: read here, judged elsewhere."""

from __future__ import annotations

import contextlib
import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from harness import cache, calibration, cgroup, conditions, environment, gpu, process

if TYPE_CHECKING:
    from harness.calibration import Floor
    from harness.types import Json

SYSTEM = Path("/sys/devices/system")
SECONDS = 1.0
"""How long the machine is watched while nothing is measured."""
BUSY = 0.02
"""Cores that a process must use in that time to be named."""
NAMED = 3
INHERITED = ("GLIBC_TUNABLES", "LD_PRELOAD", "MALLOC_")
"""Beginnings of variables that change figures and that a child does inherit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """One look at a machine; None, or nothing, is what it does not show."""

    cores: int
    """Those that a run uses."""
    logical_cores: int
    """All that there are."""
    memory_available: int
    """Bytes."""
    swap_used: int = 0
    """Bytes."""
    disks: dict[str, int] = field(default_factory=dict)
    """Free bytes by what lies there."""
    conditions: dict[str, Json] = field(default_factory=dict)
    """What went on in a second in which nothing was measured, as in records."""
    busiest: tuple[str, ...] = ()
    """The other processes that did most in it."""
    quota: float | None = None
    """Cores that the cgroup grants; None without a quota."""
    siblings: bool | None = None
    """Whether two CPUs of this process share a core."""
    virtual: str = ""
    """What kind of virtual machine this is."""
    governors: tuple[str, ...] = ()
    turbo: bool | None = None
    clock_source: str = ""
    throttled: int | None = None
    """How often the processor throttled for its heat while it was put under load."""
    plugged: bool | None = None
    """Whether a machine with a battery has mains power."""
    removed: tuple[str, ...] = ()
    """Variables that change figures and that no child gets to see."""
    inherited: tuple[str, ...] = ()
    """Such that every child gets."""
    gpus: tuple[dict[str, Json], ...] = ()
    floor: Floor | None = None
    """The noise that calibration found."""


def read(out: Path) -> Machine:
    """Look at this machine for a second; `out` is the folder of results."""
    facts = environment.fingerprint()
    went_on, busiest = _watched()
    battery = psutil.sensors_battery() if hasattr(psutil, "sensors_battery") else None
    return Machine(
        cores=facts["cores"],
        logical_cores=facts["logical_cores"],
        memory_available=environment.memory_available(),
        swap_used=psutil.swap_memory().used,
        disks={"results": _free(out), "cache": _free(cache.root())},
        conditions=went_on,
        busiest=busiest,
        quota=cgroup.quota(),
        siblings=facts.get("smt"),
        virtual=facts.get("virtual_machine", ""),
        governors=tuple(sorted(set(_each_cpu("cpufreq/scaling_governor")))),
        turbo=_turbo(),
        clock_source=_first("clocksource/clocksource0/current_clocksource"),
        plugged=battery.power_plugged if battery else None,
        removed=_variables(process.FOREIGN),
        inherited=_variables(INHERITED),
        gpus=tuple(gpu.state()),
        floor=calibration.floor(out / "runs", facts["machine"]),
    )


def last_cache() -> int | None:
    """Return the bytes of all last-level caches together; None where they are not shown."""
    levels: dict[int, dict[str, int]] = {}
    for index in SYSTEM.glob("cpu/cpu[0-9]*/cache/index*"):
        level, size = cgroup.text(index / "level").strip(), cgroup.text(index / "size").strip()
        if level.isdigit() and size.endswith("K"):
            shared = cgroup.text(index / "shared_cpu_list").strip()
            levels.setdefault(int(level), {})[shared] = int(size[:-1]) * 1024
    return sum(levels[max(levels)].values()) if levels else None


def throttled() -> int | None:
    """Return how often cores have throttled for their heat since the start; None if not shown."""
    counts = _each_cpu("thermal_throttle/core_throttle_count")
    return sum(map(int, counts)) if counts else None


def _watched() -> tuple[dict[str, Json], tuple[str, ...]]:
    """Return what went on in a second, and which other processes did most in it."""
    used = _used()
    before, own = conditions.read(), conditions.own_cpu()
    time.sleep(SECONDS)
    after, own = conditions.read(), conditions.own_cpu() - own
    busy = {
        each: seconds - used[each]
        for each, seconds in _used().items()
        if each in used and each.pid != os.getpid()
    }
    most = sorted(busy, key=lambda each: busy[each], reverse=True)[:NAMED]
    named = []
    for each in most:
        with contextlib.suppress(psutil.Error):
            if busy[each] >= BUSY * SECONDS:
                named.append(f"{each.name()} ({each.pid})")
    return conditions.between(before, after, own), tuple(named)


def _used() -> dict[psutil.Process, float]:
    """Return the CPU seconds of every process that can be seen."""
    found = {}
    for each in psutil.process_iter(["cpu_times"]):
        times = each.info["cpu_times"]
        if times is not None:
            found[each] = times.user + times.system
    return found


def _turbo() -> bool | None:
    """Return whether clocks may rise above the nominal one."""
    if boost := _first("cpu/cpufreq/boost"):
        return boost == "1"
    if stopped := _first("cpu/intel_pstate/no_turbo"):
        return stopped == "0"
    return None


def _variables(beginnings: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(name for name in os.environ if name.startswith(beginnings)))


def _free(folder: Path) -> int:
    """Return the bytes free where a folder is, or will be."""
    there = next(each for each in (folder.absolute(), *folder.absolute().parents) if each.exists())
    return psutil.disk_usage(str(there)).free


def _first(name: str) -> str:
    return cgroup.text(SYSTEM / name).strip()


def _each_cpu(name: str) -> list[str]:
    """Return what each CPU says, of those that say something."""
    told = (cgroup.text(path).strip() for path in SYSTEM.glob(f"cpu/cpu[0-9]*/{name}"))
    return [each for each in told if each]
