"""One group on this machine: a fresh process for each contender, records as they are made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.group.accuracy import run_accuracy
from harness.group.memory import run_memory
from harness.group.setting import Setting
from harness.group.speed import run_speed
from harness.group.static import run_static, said

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.types import Group, Record

__all__ = ["Setting", "run_group"]

KINDS = {
    "static": run_static,
    "accuracy": run_accuracy,
    "speed": run_speed,
    "memory": run_memory,
}


def run_group(group: Group, setting: Setting) -> Iterator[Record]:
    """Do a group's jobs that can be done here, and record the others as skipped."""
    began = setting.begin()
    for job in group.jobs:
        if job.skip:
            details = said(group) if group.kind == "static" else {}
            yield setting.record(job, began, status="skipped", reason=job.skip, details=details)
    jobs = tuple(job for job in group.jobs if not job.skip)
    if jobs:
        yield from KINDS[group.kind](group, jobs, setting)
