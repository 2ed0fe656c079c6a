"""The clock, warm-up and turns: the only place where time is read for a figure."""

from __future__ import annotations

import itertools
import statistics
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.session import Staged

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from harness.offers import Bounds
    from harness.session import Batch, Outputs, Session

clock = time.perf_counter_ns
cpu_clock = time.process_time_ns

WINDOW_NS = 20_000_000
WINDOW_CALLS = 3
AGREEMENT = 0.05
"""Warm-up ends when the medians of its last three windows lie within this of each other."""
REWARM_NS = 50_000_000
REWARM_CALLS = 2
NAP_SECONDS = 0.01
RESTED = 0.05
"""A process is at rest when in a nap it uses less than this share of a core."""
REST_SECONDS = 1.0


def requests(
    session: Session, next_batch: Callable[[], Batch], compute: list[int]
) -> Callable[[], object]:
    """Return a callable that makes one request with the next batch.

    A staged session's nanoseconds in `run` alone are appended to `compute`.
    """
    if not isinstance(session, Staged):
        return lambda: session(next_batch())
    put, run, get = session.put, session.run, session.get

    def request() -> Outputs:
        held = put(next_batch())
        begin = clock()
        result = run(held)
        compute.append(clock() - begin)
        return get(result)

    return request


@dataclass(frozen=True, slots=True, kw_only=True)
class WarmUp:
    """What a warm-up took."""

    first_ns: int
    calls: int
    seconds: float
    settled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Samples:
    """One turn: nanoseconds of each request, of the whole turn, and of the process's CPU time."""

    latency: list[int]
    compute: list[int]
    """The time in `run` alone, of a staged session."""
    wall_ns: int
    cpu_ns: int


def warm_up(request: Callable[[], object], seconds: float) -> WarmUp:
    """Call until the last three windows agree, or until the time is over."""
    begin = clock()
    request()
    first = clock() - begin
    calls, medians, settled = 1, [], False
    while not settled and clock() - begin < seconds * 1e9:
        window = _window(request)
        calls += len(window)
        medians.append(statistics.median(window))
        last = medians[-3:]
        settled = len(last) == 3 and max(last) - min(last) <= AGREEMENT * min(last)  # noqa: PLR2004
    return WarmUp(first_ns=first, calls=calls, seconds=(clock() - begin) / 1e9, settled=settled)


def turn(
    request: Callable[[], object],
    drive: Callable[[Callable[[], object], Callable[[], int], Bounds], Sequence[int]],
    bounds: Bounds,
    compute: list[int],
) -> Samples:
    """Re-warm for at least two calls and 50 ms, then let the scenario drive one turn.

    `compute` is the list that the request appends to.
    """
    begin = clock()
    for count in itertools.count(1):
        request()
        if count >= REWARM_CALLS and clock() - begin >= REWARM_NS:
            break
    compute.clear()
    cpu, begin = cpu_clock(), clock()
    latency = list(drive(request, clock, bounds))
    wall, cpu = clock() - begin, cpu_clock() - cpu
    return Samples(latency=latency, compute=list(compute), wall_ns=wall, cpu_ns=cpu)


def back_to_back(
    request: Callable[[], object], clock: Callable[[], int], bounds: Bounds
) -> list[int]:
    """Return the nanoseconds of each request until both the time and the count are reached."""
    durations: list[int] = []
    least, append = bounds.calls, durations.append
    before = clock()
    end = before + round(bounds.seconds * 1e9)
    while before < end or len(durations) < least:
        request()
        after = clock()
        append(after - before)
        before = clock()  # read again, so that the loop's own work is in nobody's latency
    return durations


def rest() -> bool:
    """Wait until this process's threads sleep; false when they have not after a second.

    Engines let their threads spin for up to 100 ms after an answer, which would slow down whoever
    is measured next.
    """
    begin = clock()
    while clock() - begin < REST_SECONDS * 1e9:
        cpu, nap = cpu_clock(), clock()
        time.sleep(NAP_SECONDS)
        if cpu_clock() - cpu < RESTED * (clock() - nap):
            return True
    return False


def _window(request: Callable[[], object]) -> list[int]:
    window: list[int] = []
    begin = clock()
    while len(window) < WINDOW_CALLS or clock() - begin < WINDOW_NS:
        before = clock()
        request()
        window.append(clock() - before)
    return window
