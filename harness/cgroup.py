"""The cgroups that this process is in, version 1 and 2: how much processor and memory they grant.

A limit may stand in the process's own cgroup or in any around it; within a container only the
innermost may be in sight.
"""

from __future__ import annotations

import re
from pathlib import Path

CGROUP = Path("/sys/fs/cgroup")
PROCESS = Path("/proc/self")
UNLIMITED = 2**62
"""Bytes above which version 1 means no limit."""


def quota() -> float | None:
    """Return the least quota, in cores; None without one."""
    quotas = []
    for folder in folders("cpu"):
        granted, _, period = text(folder / "cpu.max").strip().partition(" ")
        if not period:
            granted = text(folder / "cpu.cfs_quota_us").strip()
            period = text(folder / "cpu.cfs_period_us").strip()
        if granted.isdigit() and period.isdigit():
            quotas.append(int(granted) / int(period))
    return min(quotas, default=None)


def periods() -> list[tuple[int, int]]:
    """Return, of each cgroup, how many periods a quota was watched in and in how many it ran out.

    The scheduler's period is mostly 100 ms; without a quota the counts stay 0.
    """
    counts = []
    for folder in folders("cpu"):
        stat = text(folder / "cpu.stat")
        watched, throttled = number(stat, "nr_periods"), number(stat, "nr_throttled")
        if watched is not None and throttled is not None:
            counts.append((watched, throttled))
    return counts


def memory_limit() -> int | None:
    """Return the least limit in bytes; None without one."""
    return min((limit for _, limit in _memory_limits()), default=None)


def memory_free() -> int | None:
    """Return how many bytes may still be used before a limit is reached; None without a limit."""
    return min((limit - _memory_used(folder) for folder, limit in _memory_limits()), default=None)


def folders(controller: str) -> list[Path]:
    """Return the folders of this process's cgroup and of those around it, the innermost first."""
    found = []
    for line in text(PROCESS / "cgroup").splitlines():
        _, controllers, inner = line.split(":", 2)
        if not controllers or controller in controllers.split(","):
            root = CGROUP / controllers if controllers else CGROUP
            own = root / inner.lstrip("/")
            found += [own, *(each for each in own.parents if each.is_relative_to(root))]
    return list(dict.fromkeys([*found, CGROUP / controller, CGROUP]))


def number(content: str, name: str) -> int | None:
    """Return the number that stands behind a name on a line of its own."""
    found = re.search(rf"^{name} (\d+)$", content, re.MULTILINE)
    return int(found[1]) if found else None


def text(path: Path) -> str:
    """Return what a system file says; nothing where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return ""


def _memory_limits() -> list[tuple[Path, int]]:
    """Return the cgroups that limit memory, with their limits in bytes."""
    found = []
    for folder in folders("memory"):
        limit = _first(folder, "memory.max", "memory.limit_in_bytes")
        if limit.isdigit() and int(limit) < UNLIMITED:
            found.append((folder, int(limit)))
    return found


def _memory_used(folder: Path) -> int:
    """Return the bytes in use, without files that are cached and not in use: they give way."""
    used = _first(folder, "memory.current", "memory.usage_in_bytes")
    stat = text(folder / "memory.stat")
    cached = number(stat, "total_inactive_file")  # version 1: with the cgroups inside
    if cached is None:
        cached = number(stat, "inactive_file")
    return int(used or 0) - (cached or 0)


def _first(folder: Path, *names: str) -> str:
    """Return what the first of these files that is there says."""
    return next((found for name in names if (found := text(folder / name).strip())), "")
