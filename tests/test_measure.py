from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from harness import measure
from harness.offers import Bounds
from harness.session import Staged

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from harness.session import Batch, Outputs

MS = 1_000_000


class Clock:
    """A clock that moves only when told to."""

    def __init__(self) -> None:
        self.now = 0

    def __call__(self) -> int:
        return self.now

    def spend(self, ns: int) -> None:
        self.now += ns


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    fake = Clock()
    monkeypatch.setattr(measure, "clock", fake)
    monkeypatch.setattr(measure, "cpu_clock", fake)
    return fake


def drive(request: Callable[[], object], clock: Callable[[], int], bounds: Bounds) -> Sequence[int]:
    samples = []
    for _ in range(bounds.calls):
        begin = clock()
        request()
        samples.append(clock() - begin)
    return samples


def test_every_request_takes_the_next_batch() -> None:
    seen: list[Any] = []

    def session(batch: Batch) -> Outputs:
        seen.append(batch)
        return np.zeros((1, 1), np.float32)

    batches = [np.zeros((1, 1), np.float32), np.ones((1, 1), np.float32)]
    request = measure.requests(session, iter(batches).__next__, [])
    request()
    request()
    assert [each is batch for each, batch in zip(seen, batches, strict=True)] == [True, True]


def test_only_the_middle_stage_counts_as_computing(clock: Clock) -> None:
    def stage(ns: int) -> Callable[[Any], Any]:
        def run(held: Any) -> Any:  # noqa: ANN401 - whatever was put
            clock.spend(ns)
            return held

        return run

    compute: list[int] = []
    session = Staged(put=stage(5), run=stage(7), get=stage(11))
    request = measure.requests(session, lambda: np.zeros((1, 1), np.float32), compute)
    request()
    assert compute == [7]
    assert clock.now == 23


def test_warm_up_goes_on_until_three_windows_agree(clock: Clock) -> None:
    costs = itertools.chain([500 * MS], [60 * MS] * 3, [30 * MS] * 3, itertools.repeat(10 * MS))
    warmed = measure.warm_up(lambda: clock.spend(next(costs)), seconds=60)
    assert warmed.settled
    assert warmed.first_ns == 500 * MS
    assert warmed.calls == 1 + 3 + 3 + 3 * 3


def test_warm_up_that_never_settles_ends_in_time_and_says_so(clock: Clock) -> None:
    costs = (MS * 2**number for number in itertools.count())
    warmed = measure.warm_up(lambda: clock.spend(next(costs)), seconds=1)
    assert not warmed.settled
    assert warmed.seconds >= 1


def test_a_turn_discards_its_re_warm(clock: Clock) -> None:
    calls = itertools.count()

    def request() -> None:
        next(calls)
        clock.spend(20 * MS)

    compute = [1, 2, 3]
    samples = measure.turn(request, drive, Bounds(seconds=0, calls=4), compute)
    assert samples.compute == []
    assert samples.latency == [20 * MS] * 4
    assert samples.wall_ns == 80 * MS
    assert next(calls) == 3 + 4  # 50 ms take three calls of 20


def test_rest_waits_for_threads_that_spin(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    spinning = iter([9 * MS, 9 * MS, 0])
    cpu = Clock()

    def nap(seconds: float) -> None:
        clock.spend(round(seconds * 1e9))
        cpu.spend(next(spinning))

    monkeypatch.setattr("time.sleep", nap)
    monkeypatch.setattr(measure, "cpu_clock", cpu)
    assert measure.rest()
    assert clock.now == 30 * MS


def test_rest_gives_up_on_threads_that_never_sleep(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: clock.spend(round(seconds * 1e9)))
    assert not measure.rest()
    assert clock.now >= measure.REST_SECONDS * 1e9
