"""Speed: every contender in a process of its own, measured in interleaved rounds.

The parent wakes one at a time, in a new random order each round, while the others block on their
pipes; a ratio formed within a round is free of the machine's drift. Where the contenders do not
fit in memory together, each is loaded anew for its turn.
"""

from __future__ import annotations

import random
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from harness import conditions, gpu, stats
from harness.group import contestant, figures, room, stopping, yardstick
from harness.group.contestant import Contest, Contestant
from harness.group.reference import reference
from harness.group.yardstick import Yardstick
from harness.measure import clock
from harness.process import ChildError
from harness.worker import read_artefact

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.group.setting import Setting
    from harness.types import Group, Job, Json, Record


@dataclass(slots=True)
class Entrants:
    """Who is still in the rounds, and who is out for which reason."""

    alive: list[Contestant]
    failed: list[tuple[Job, ChildError]] = field(default_factory=list)

    @contextmanager
    def dropping(self, one: Contestant) -> Iterator[None]:
        """Take a contestant out when it fails."""
        try:
            yield
        except ChildError as error:
            self.alive.remove(one)
            self.failed.append((one.job, error))


def run_speed(group: Group, jobs: tuple[Job, ...], setting: Setting) -> Iterator[Record]:
    """Yield one record for each contender; those that fail do not stop the others."""
    with ExitStack() as stack:
        contest = Contest(
            group=group,
            setting=setting,
            began=setting.begin(),
            right=reference(group, setting),
            stack=stack,
            crowded=room.crowded(group, jobs),
        )
        entrants = Entrants(alive=[Contestant(job=job) for job in jobs])
        _renew(contest, entrants)
        measure = yardstick.start(contest) if _has_peak(group) else None
        shared = _rounds(contest, entrants, measure)
        for one in list(entrants.alive):
            with entrants.dropping(one):
                contestant.rise(one, contest)
                yield _record(one, contest, measure, shared)
    for job, reason in entrants.failed:
        yield setting.failure(job, contest.began, reason)


def _rounds(contest: Contest, entrants: Entrants, measure: Yardstick | None) -> dict[str, Json]:
    """Let every contestant have its turns, and return how that went for all of them."""
    setting, speed = contest.setting, contest.setting.suite.speed
    gpus = _gpus(contest, entrants)
    before, cpu_before, begin = conditions.read(), conditions.own_cpu(), clock()
    unmet, stopped, rounds = "", "", 0
    while entrants.alive and (unmet := _unmet(contest, entrants, rounds)):
        if speed.time_limit_seconds and clock() - begin > speed.time_limit_seconds * 1e9:
            stopped = f"at the time limit of {speed.time_limit_seconds:g} s: {unmet}"
            break
        if rounds and contest.renews(rounds):
            _renew(contest, entrants)
        order: list[Contestant | Yardstick] = [*entrants.alive, *([measure] if measure else [])]
        random.shuffle(order)
        for each in order:
            if isinstance(each, Yardstick):
                each.take_turn(setting.suite.timeout_seconds)
                continue
            _say(contest, each.job, f"round {rounds + 1}")
            with entrants.dropping(each):
                contestant.take_turn(each, contest)
                if contest.crowded:
                    contestant.rise(each, contest)
        rounds += 1
    spent = conditions.own_cpu() - cpu_before
    found = conditions.between(before, conditions.read(), spent)
    if gpus:
        found["gpus"] = {"before": gpus, "after": _gpus(contest, entrants)}
    return {"conditions": found, "crowded": contest.crowded, "stopped": stopped}


def _renew(contest: Contest, entrants: Entrants) -> None:
    """Give everybody a fresh process; where memory is short, only see that it can be had."""
    for each in list(entrants.alive):
        with entrants.dropping(each):
            contestant.rise(each, contest)
    if contest.crowded and any(each.opened for each in entrants.alive):
        return
    for each in list(entrants.alive):
        _say(contest, each.job, "load")
        with entrants.dropping(each):
            contestant.sit(each, contest)
            if contest.crowded:
                contestant.rise(each, contest)


def _gpus(contest: Contest, entrants: Entrants) -> list[dict[str, Json]]:
    """Return how the GPUs are doing, where they are what is measured."""
    if contest.group.case.device != "cuda":
        return []
    return gpu.state([each.child.process.pid for each in entrants.alive if each.child is not None])


def _unmet(contest: Contest, entrants: Entrants, rounds: int) -> str:
    medians = {
        each.job.contender.name: stats.gathered(
            [turn.median_ns for turn in each.turns], each.processes
        )
        for each in entrants.alive
        if each.job.contender.role != "control"
    }
    return stopping.unmet(contest.setting.suite.speed, rounds, medians)


def _has_peak(group: Group) -> bool:
    """Return whether the yardstick, on the CPU in float32, measures what the contenders do."""
    return (group.case.device, group.case.precision) == ("cpu", "fp32")


def _record(
    one: Contestant, contest: Contest, measure: Yardstick | None, shared: dict[str, Json]
) -> Record:
    group, setting = contest.group, contest.setting
    beside = contest.began.beside("samples", one.job, "npz")
    samples = figures.Samples.joined(one.samples)
    samples.write(setting.path(beside))
    size = group.case.batch_size or 1
    found = list(figures.of_speed(one, samples, size))
    if measure and group.folder is not None and one.job.contender.role != "control":
        macs = read_artefact(group.folder).manifest.macs
        found.append(figures.peak_share(one, size, macs, measure))
    return setting.record(
        one.job,
        contest.began,
        status="ok",
        actual=one.opened[0].actual,
        measurements=tuple(found),
        files={"samples": beside},
        details=figures.details(one, samples) | shared,
    )


def _say(contest: Contest, job: Job, what: str) -> None:
    case = contest.group.case
    who = f"{case.model} · {job.contender.name} · batch {case.batch_size or 1}"
    contest.setting.heard(f"{who} · {what}")
