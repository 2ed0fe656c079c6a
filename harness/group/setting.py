"""What all groups of a run share, and how their records are made."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from harness import decode, gpu, process, protocol, store
from harness.measure import clock
from harness.process import Child, ChildError
from harness.session import LoadOptions
from harness.types import Record

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness.suite import Suite
    from harness.types import Actual, Case, Group, Job, Json

THREAD_SLACK = 0.25
"""Cores above the threads asked for that the clock's grain may show."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Began:
    """When a group began, and the id that its records share."""

    group_run_id: str
    started: str
    clock: int

    def beside(self, kind: str, job: Job, suffix: str) -> str:
        """Return the path, relative to the records, of a file that stands beside them."""
        return f"{kind}/{self.group_run_id}-{job.key}.{suffix}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Where and how the groups of one run are measured."""

    folder: Path
    """Holds the records; predictions, samples and logs go beside them."""
    run_id: str
    suite: Suite
    threads: int
    files: tuple[str, ...]
    """Plugin files, for the children."""
    environment: dict[str, Json]
    oracle_version: str
    heard: Callable[[str], None]
    """Told what is being done now."""

    def begin(self) -> Began:
        """Return the mark of a group that begins now."""
        return Began(
            group_run_id=uuid.uuid4().hex[:12],
            started=datetime.now(UTC).isoformat(timespec="seconds"),
            clock=clock(),
        )

    def record(self, job: Job, began: Began, **found: Any) -> Record:  # noqa: ANN401 - Record's own
        """Return a job's record; `found` are the fields of `Record` that tell its outcome."""
        return Record(
            schema=store.SCHEMA,
            run_id=self.run_id,
            group_run_id=began.group_run_id,
            job=job,
            environment=self.environment,
            started=began.started,
            seconds=round((clock() - began.clock) / 1e9, 3),
            **found,
        )

    def failure(self, job: Job, began: Began, error: ChildError) -> Record:
        """Return the record of a contender that failed."""
        return self.record(
            job,
            began,
            status=error.status,
            reason=error.reason,
            files={"log": began.beside("logs", job, "log")},
        )

    def path(self, beside: str) -> Path:
        """Return the path of a file that stands beside the records, its folder made."""
        path = self.folder / beside
        with store.writable(path):
            return path

    def start(self, job: Job, began: Began) -> Child:
        """Start a contender's process."""
        log = self.path(began.beside("logs", job, "log"))
        return process.start("harness.worker", log, self.threads)

    def open(self, child: Child, group: Group, job: Job) -> protocol.Opened:
        """Load the model in a contender's process; `ChildError` when it is not what was asked."""
        options = LoadOptions(
            format=job.contender.format,
            device=group.case.device,
            precision=group.case.precision,
            threads=self.threads,
            batch_size=group.case.batch_size or self.suite.accuracy.batch_size,
            settings=job.contender.settings,
        )
        opened = child.ask(
            protocol.Open(
                files=list(self.files),
                backend=job.contender.backend,
                folder=str(group.folder),
                options=decode.plain(options),
                images=str(group.images) if group.images else None,
            ),
            protocol.Opened,
            self.suite.timeout_seconds,
        )
        check_actual(opened.actual, group.case, self.threads)
        check_device(child, opened.actual)
        return opened


def check_actual(actual: Actual, case: Case, threads: int) -> None:
    """Refuse a backend that says it does not use what was asked for."""
    asked = {"device": case.device, "precision": case.precision}
    for name, value in asked.items():
        got = getattr(actual, name)
        if got != value:
            message = f"asked for {name} {value!r}, got {got!r}"
            raise ChildError(message)
    if actual.threads > threads:
        message = f"asked for {threads} threads, got {actual.threads}"
        raise ChildError(message)


def check_device(child: Child, actual: Actual) -> None:
    """Refuse a backend that claims a GPU which its process has not opened."""
    if actual.device == "cuda" and gpu.holds_gpu(child.process.pid) is False:
        message = f"says {actual.provider!r} on cuda, but its process has no GPU open"
        raise ChildError(message)


def check_cores(cpu_ns: int, wall_ns: int, threads: int) -> None:
    """Refuse a contender that used more cores than the threads it was given."""
    used = cpu_ns / max(wall_ns, 1)
    if used > threads + THREAD_SLACK:
        message = f"used {used:.1f} cores where {threads} threads were asked for"
        raise ChildError(message)
