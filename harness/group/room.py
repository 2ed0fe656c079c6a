"""Whether the contenders of a group can be loaded side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness import environment, gpu
from harness.worker import read_artefact

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.types import Group, Job

PROCESS = 2**28
COPIES = 3
"""What an engine may hold of a model's file while it makes its own form of it."""


def crowded(group: Group, jobs: Iterable[Job]) -> str:
    """Return why the contenders cannot be loaded together, or "", before any is loaded."""
    known = group.footprints
    each = [known[job.key] if job.key in known else _unmeasured(group, job) for job in jobs]
    if None in each:
        return "one of them ran out of memory on its own"
    host, device = map(sum, zip(*filter(None, each), strict=True))
    return _short("memory", host, environment.memory_available()) or _short(
        "GPU memory", device, gpu.memory_available() if device else None
    )


def _unmeasured(group: Group, job: Job) -> tuple[int, int]:
    """Return what a contender is taken to need whose memory was not measured."""
    forms = read_artefact(group.folder).manifest.forms if group.folder else {}
    form = forms.get(job.contender.format)
    return PROCESS + (COPIES * form.size if form else 0), 0


def _short(what: str, needed: int, free: int | None) -> str:
    if free is None or needed <= free:
        return ""
    gib = 2**30
    return f"together they need {needed / gib:.1f} GiB of {what}, {free / gib:.1f} GiB are free"
