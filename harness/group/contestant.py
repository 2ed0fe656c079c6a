"""A contender in its rounds: its process, its turns, and the samples that it leaves."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from harness import protocol
from harness.group.figures import Samples
from harness.group.setting import check_cores
from harness.process import ChildError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.group.reference import Reference
    from harness.group.setting import Began, Setting
    from harness.process import Child
    from harness.types import Group, Job


@dataclass(frozen=True, slots=True, kw_only=True)
class Contest:
    """What the contestants of a group share."""

    group: Group
    setting: Setting
    began: Began
    right: Reference
    stack: ExitStack
    """Ends the processes."""
    crowded: str
    """Why the contestants cannot be loaded side by side; then each is loaded for its turn alone."""

    def renews(self, rounds: int) -> bool:
        """Return whether everybody gets a fresh process after so many rounds."""
        speed = self.setting.suite.speed
        processes = min(speed.processes, speed.rounds)
        if self.crowded or processes == 1:
            return False
        return rounds * processes // speed.rounds > (rounds - 1) * processes // speed.rounds


@dataclass(slots=True)
class Contestant:
    """What a contender has shown so far, in one process after another."""

    job: Job
    child: Child | None = None
    opened: list[protocol.Opened] = field(default_factory=list)
    """By process, as `warmed`."""
    warmed: list[protocol.Warmed] = field(default_factory=list)
    turns: list[protocol.Turned] = field(default_factory=list)
    processes: list[int] = field(default_factory=list)
    """Which process each turn was of."""
    samples: list[Samples] = field(default_factory=list)
    """By process, of those that had a turn."""
    judged: bool = False
    """Whether its answers were held against the oracle's."""


def sit(contestant: Contestant, contest: Contest) -> Child:
    """Load and warm up in a fresh process; `ChildError` when it fails or its answers are wrong."""
    group, setting, job = contest.group, contest.setting, contestant.job
    speed = setting.suite.speed
    question = protocol.Warm(
        scenario=speed.scenario,
        batch_size=group.case.batch_size or 1,
        seconds=speed.warmup_seconds,
    )
    child = contest.stack.enter_context(setting.start(job, contest.began))
    with _out_of_the_way(child):
        contestant.opened.append(setting.open(child, group, job))
        warmed = child.ask(question, protocol.Warmed, setting.suite.timeout_seconds)
        contestant.warmed.append(warmed)
        if job.contender.role != "control":
            contestant.judged = _check_answers(child, job, contest)
    contestant.child = child
    return child


def take_turn(contestant: Contestant, contest: Contest) -> None:
    """Measure one turn, in the process that there is or in a fresh one."""
    child = contestant.child or sit(contestant, contest)
    speed, setting = contest.setting.suite.speed, contest.setting
    question = protocol.Turn(seconds=speed.round_seconds, calls=speed.round_calls)
    with _out_of_the_way(child):
        turned = child.ask(question, protocol.Turned, setting.suite.timeout_seconds)
        contestant.turns.append(turned)
        contestant.processes.append(len(contestant.opened))
        if not turned.rested:
            message = "its threads never sleep: it would slow down whoever is measured next"
            raise ChildError(message)
        check_cores(
            sum(each.cpu_ns for each in contestant.turns),
            sum(each.wall_ns for each in contestant.turns),
            setting.threads,
        )


def rise(contestant: Contestant, contest: Contest) -> None:
    """Take over the samples of the turns that the process has had, and end it."""
    child, contestant.child = contestant.child, None
    if child is None:
        return
    with child:
        if len(contestant.opened) not in contestant.processes:
            return
        path = contest.setting.path(contest.began.beside("samples", contestant.job, "part.npz"))
        question = protocol.Collect(out=str(path))
        try:
            child.ask(question, protocol.Done, contest.setting.suite.timeout_seconds)
            contestant.samples.append(Samples.read(path))
        finally:
            path.unlink(missing_ok=True)


def _check_answers(child: Child, job: Job, contest: Contest) -> bool:
    """Refuse a contender whose answers are wrong in a batch of the size that is timed.

    Returns whether there was an oracle to say so.
    """
    right, setting = contest.right, contest.setting
    size = contest.group.case.batch_size or 1
    positions = np.resize(np.arange(len(right.rows)), size).tolist()
    out = setting.path(contest.began.beside("samples", job, "npy"))
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
    return verdict is not None


@contextmanager
def _out_of_the_way(child: Child) -> Iterator[None]:
    """End a child that fails at once: left alive, it could burn CPU in the others' turns."""
    try:
        yield
    except ChildError:
        child.close()
        raise
