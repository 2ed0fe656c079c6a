"""Whether the contenders of a group can be loaded side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness import environment, gpu

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.types import Group, Job

UNMEASURED = 2**28, 0
"""Stands for a contender whose memory is not known: a control, or one that failed there."""


def crowded(group: Group, jobs: Iterable[Job]) -> str:
    """Return why the contenders cannot be loaded together, or "", before any is loaded."""
    each = [group.footprints.get(job.key, UNMEASURED) for job in jobs]
    host, device = map(sum, zip(*each, strict=True))
    return _short("memory", host, environment.memory_available()) or _short(
        "GPU memory", device, gpu.memory_available() if device else None
    )


def _short(what: str, needed: int, free: int | None) -> str:
    if free is None or needed <= free:
        return ""
    gib = 2**30
    return f"together they need {needed / gib:.1f} GiB of {what}, {free / gib:.1f} GiB are free"
