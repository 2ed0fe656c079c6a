"""How evenly this machine runs now: fixed work again and again, the clock, short sleeps."""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness import stats
from harness.measure import clock

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.types import Label

SECONDS = 3.0
FLOATS = 4096
"""Two arrays of these fit the first cache of any core, so that only the core is measured."""
ADDITIONS = 1000
SLEEP_SECONDS = 0.02
SLEEPS = 25
TICKS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """How far repetitions of one thing lie apart."""

    work_ns: float
    """The median."""
    repetitions: int
    iqr: float
    """Share of the median, as what follows."""
    p99: float | None
    worst: float
    label: Label
    """As for a figure whose calls spread like this."""
    resolution_ns: int
    """The clock's smallest step."""
    sleep_ns: float
    """What a sleep of 20 ms takes, in the middle ..."""
    sleep_worst_ns: float
    """... and at the worst."""


def measured(seconds: float = SECONDS) -> Noise:
    """Return the noise of one core now."""
    add = _additions()
    add()  # the first brings everything into the cache
    work, end = [_timed(add)], clock() + seconds * 1e9
    while clock() < end:
        work.append(_timed(add))
    sleeps = [_timed(lambda: time.sleep(SLEEP_SECONDS)) for _ in range(SLEEPS)]
    return of(work, sleeps, _resolution())


def of(work: list[int], sleeps: list[int], resolution_ns: int) -> Noise:
    """Return what the nanoseconds of fixed work and of sleeps say."""
    middle = stats.median(work)
    tail = stats.percentile(work, 99)
    return Noise(
        work_ns=middle,
        repetitions=len(work),
        iqr=stats.iqr(work) / middle,
        p99=None if tail is None else tail / middle,
        worst=max(work) / middle,
        label=stats.noise(work),
        resolution_ns=resolution_ns,
        sleep_ns=stats.median(sleeps),
        sleep_worst_ns=max(sleeps),
    )


def _additions() -> Callable[[], None]:
    """Return work for one core, below a millisecond, that is always the same."""
    numbers = np.ones(FLOATS, np.float32)
    out = np.empty_like(numbers)

    def add() -> None:
        for _ in range(ADDITIONS):
            np.add(numbers, numbers, out=out)

    return add


def _timed(work: Callable[[], object]) -> int:
    begin = clock()
    work()
    return clock() - begin


def _resolution() -> int:
    """Return the least step by which the clock was seen to advance."""
    ticks = [clock() for _ in range(TICKS)]
    steps = (later - earlier for earlier, later in itertools.pairwise(ticks))
    return min((step for step in steps if step > 0), default=0)
