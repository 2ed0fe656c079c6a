"""What else went on while a figure was taken: two readings of the system's counters, and between.

A reading is cheap enough to be taken around every measurement. What a machine does not show is
left out.
"""

from __future__ import annotations

import contextlib
import os
import re
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from harness import cgroup

if TYPE_CHECKING:
    from harness.types import Json

PROC = Path("/proc")
CPUS = Path("/sys/devices/system/cpu")
RESOURCES = ("cpu", "memory", "io")
CLOCKS = 8
"""How many of the CPUs that may be used are asked for their clock: each answer costs time."""
CPUINFO_BYTES = 16384
"""What is read of /proc/cpuinfo, for the same reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The counters at one moment; each only grows. None is what the machine does not show."""

    seconds: float
    processor: tuple[float, float] | None = None
    """CPU seconds used by all processes together, and those wanted that the host did not give."""
    periods: tuple[tuple[int, int], ...] = ()
    """Of each cgroup: in how many periods a quota was watched, in how many it ran out."""
    pressure: dict[str, float] = field(default_factory=dict)
    """Seconds in which some process waited for the resource."""
    mhz: float | None = None
    """The highest clock now; the one value here that does not grow."""


def read() -> Reading:
    """Return the counters as they stand now."""
    return Reading(
        seconds=time.monotonic(),
        processor=_processor(),
        periods=tuple(cgroup.periods()),
        pressure=_pressure(),
        mhz=_mhz(),
    )


def own_cpu() -> float:
    """Return the CPU seconds that this process and all its living descendants have used.

    With those of their children that have ended and were waited for, so that it never shrinks.
    """
    own = psutil.Process()
    used = 0.0
    for process in (own, *own.children(recursive=True)):
        with contextlib.suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            used += times.user + times.system + times.children_user + times.children_system
    return used


def between(before: Reading, after: Reading, own_cpu_seconds: float) -> dict[str, Json]:
    """Return what went on between two readings, as the `conditions` of a record.

    elsewhere_cores: cores that other processes kept busy; our own used `own_cpu_seconds`.
    steal: share of the CPU time wanted on this machine (or of one core's, if that is more) that
    the host did not give. throttled: share of the scheduler's periods in which the cgroup's quota
    ran out. pressure: share of the time in which some process waited for the resource. mhz: the
    highest clock at the first reading and at the second.
    """
    seconds = after.seconds - before.seconds
    found: dict[str, Json] = {"seconds": round(seconds, 3)}
    if before.processor is not None and after.processor is not None:
        busy = after.processor[0] - before.processor[0]
        stolen = after.processor[1] - before.processor[1]
        found["elsewhere_cores"] = round(max(0.0, (busy - own_cpu_seconds) / seconds), 3)
        found["steal"] = _share(stolen, max(busy + stolen, seconds))
    if before.periods and after.periods:
        found["throttled"] = max(
            _share(last[1] - first[1], last[0] - first[0])
            for first, last in zip(before.periods, after.periods, strict=False)
        )
    waited = {
        name: _share(after.pressure[name] - start, seconds)
        for name, start in before.pressure.items()
        if name in after.pressure
    }
    if waited:
        found["pressure"] = waited
    if before.mhz is not None and after.mhz is not None:
        found["mhz"] = [before.mhz, after.mhz]
    return found


def _share(part: float, whole: float) -> float:
    """Return a share from 0 to 1; 0 of nothing, and where a counter ran backwards."""
    return round(min(1.0, max(0.0, part / whole)), 4) if whole > 0 else 0.0


def _processor() -> tuple[float, float] | None:
    """Return the seconds that all CPUs together were busy, and those that were stolen."""
    ticks = [int(each) for each in cgroup.text(PROC / "stat").partition("\n")[0].split()[1:]]
    if not any(ticks):  # a sandbox's own kernel may count nothing
        return None
    second = os.sysconf("SC_CLK_TCK")
    user, nice, system, _, _, interrupt, soft_interrupt, steal, *_ = ticks
    return (user + nice + system + interrupt + soft_interrupt) / second, steal / second


def _pressure() -> dict[str, float]:
    """Return the seconds in which some process waited, by resource."""
    found = {}
    for name in RESOURCES:
        content = cgroup.text(PROC / "pressure" / name)
        if some := re.search(r"^some .*total=(\d+)", content, re.MULTILINE):
            found[name] = int(some[1]) / 1e6
    return found


def _mhz() -> float | None:
    """Return the highest clock of the CPUs that this process may use; idle ones clock down."""
    if not hasattr(os, "sched_getaffinity"):
        return None
    clocks = [
        int(told) / 1000
        for cpu in sorted(os.sched_getaffinity(0))[:CLOCKS]
        if (told := cgroup.text(CPUS / f"cpu{cpu}/cpufreq/scaling_cur_freq").strip()).isdigit()
    ]
    if not clocks:
        with contextlib.suppress(OSError), (PROC / "cpuinfo").open(encoding="utf-8") as stream:
            listed = re.findall(r"^cpu MHz\s*: ([\d.]+)", stream.read(CPUINFO_BYTES), re.MULTILINE)
            clocks = [float(each) for each in listed]
    return round(max(clocks), 1) if clocks else None
