"""Speed: all contenders loaded, each in its own process, measured in interleaved rounds.

The parent wakes one at a time, in a new random order each round, while the others block on their
pipes; a ratio formed within a round is free of the machine's drift.
"""

from __future__ import annotations

import random
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from harness import protocol
from harness.group import figures
from harness.group.reference import reference
from harness.group.setting import check_cores
from harness.process import ChildError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from harness.group.reference import Reference
    from harness.group.setting import Began, Setting
    from harness.process import Child
    from harness.types import Group, Job, Record


@dataclass(slots=True)
class Contestant:
    """One contender's process and what it has shown so far."""

    job: Job
    child: Child
    opened: protocol.Opened
    warmed: protocol.Warmed
    turns: list[protocol.Turned] = field(default_factory=list)


def run_speed(group: Group, jobs: tuple[Job, ...], setting: Setting) -> Iterator[Record]:
    """Yield one record for each contender; those that fail do not stop the others."""
    right = reference(group, setting)
    began = setting.begin()
    size = group.case.batch_size or 1
    failed: list[tuple[Job, ChildError]] = []
    with ExitStack() as stack:
        alive: list[Contestant] = []
        for job in jobs:
            setting.heard(f"{group.case.model} · {job.contender.backend} · load, batch {size}")
            try:
                alive.append(_enter(group, job, setting, began, right, stack))
            except ChildError as error:
                failed.append((job, error))
        for number in range(setting.suite.speed.rounds):
            for contestant in random.sample(alive, len(alive)):
                setting.heard(
                    f"{group.case.model} · {contestant.job.contender.backend} · batch {size}"
                    f" · round {number + 1}/{setting.suite.speed.rounds}"
                )
                try:
                    _take_turn(contestant, setting)
                except ChildError as error:
                    failed.append((contestant.job, error))
                    alive.remove(contestant)
        for contestant in alive:
            beside = began.beside("samples", contestant.job, "npz")
            try:
                samples = _collect(contestant, setting, beside)
            except ChildError as error:
                failed.append((contestant.job, error))
                continue
            yield setting.record(
                contestant.job,
                began,
                status="ok",
                actual=contestant.opened.actual,
                measurements=figures.of_speed(
                    contestant.opened, contestant.warmed, contestant.turns, samples, size
                ),
                files={"samples": beside},
                details=figures.details(contestant.warmed, contestant.turns, samples),
            )
    for job, reason in failed:
        yield setting.failure(job, began, reason)


def _enter(  # noqa: PLR0913, PLR0917 - what one contender starts from
    group: Group,
    job: Job,
    setting: Setting,
    began: Began,
    right: Reference,
    stack: ExitStack,
) -> Contestant:
    speed = setting.suite.speed
    question = protocol.Warm(
        scenario=speed.scenario,
        batch_size=group.case.batch_size or 1,
        seconds=speed.warmup_seconds,
    )
    child = stack.enter_context(setting.start(job, began))
    with _out_of_the_way(child):
        opened = setting.open(child, group, job)
        warmed = child.ask(question, protocol.Warmed, setting.suite.timeout_seconds)
        if job.contender.role != "control":
            out = setting.path(began.beside("samples", job, "npy"))
            _check_answers(child, group, setting, right, out)
    return Contestant(job=job, child=child, opened=opened, warmed=warmed)


def _check_answers(
    child: Child, group: Group, setting: Setting, right: Reference, out: Path
) -> None:
    """Refuse a contender whose answers are wrong in a batch of the size that is timed."""
    size = group.case.batch_size or 1
    positions = np.resize(np.arange(len(right.rows)), size).tolist()
    question = protocol.Answer(
        rows=[right.rows[each] for each in positions], batch_size=size, out=str(out)
    )
    try:
        child.ask(question, protocol.Done, setting.suite.timeout_seconds)
        verdict = right.judge(np.load(out, allow_pickle=False), positions)
    finally:
        out.unlink(missing_ok=True)
    if verdict is not None and not verdict.right:
        raise ChildError(verdict.reason, "wrong")


@contextmanager
def _out_of_the_way(child: Child) -> Iterator[None]:
    """End a child that fails at once: left alive, it could burn CPU in the others' turns."""
    try:
        yield
    except ChildError:
        child.close()
        raise


def _take_turn(contestant: Contestant, setting: Setting) -> None:
    speed = setting.suite.speed
    question = protocol.Turn(seconds=speed.round_seconds, calls=speed.round_calls)
    with _out_of_the_way(contestant.child):
        turned = contestant.child.ask(question, protocol.Turned, setting.suite.timeout_seconds)
        contestant.turns.append(turned)
        if not turned.rested:
            message = "its threads never sleep: it would slow down whoever is measured next"
            raise ChildError(message)
        check_cores(
            sum(each.cpu_ns for each in contestant.turns),
            sum(each.wall_ns for each in contestant.turns),
            setting.threads,
        )


def _collect(contestant: Contestant, setting: Setting, beside: str) -> figures.Samples:
    path = setting.path(beside)
    contestant.child.ask(
        protocol.Collect(out=str(path)), protocol.Done, setting.suite.timeout_seconds
    )
    return figures.Samples.read(path)
