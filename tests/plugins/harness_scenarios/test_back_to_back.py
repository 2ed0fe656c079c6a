from __future__ import annotations

import statistics
import time

import pytest

import harness
import harness_scenarios

SCENARIOS = {each.name: each for each in harness_scenarios.harness_scenarios()}


class Clock:
    """A clock that advances by a microsecond whenever it is read, and by what a request takes."""

    def __init__(self, request_ns: int) -> None:
        self.now = 0
        self.request_ns = request_ns

    def __call__(self) -> int:
        self.now += 1_000
        return self.now

    def request(self) -> None:
        self.now += self.request_ns


def test_offline_measures_all_sizes_and_single_stream_one_image() -> None:
    assert tuple(SCENARIOS["offline"].batch_sizes([1, 8, 64])) == (1, 8, 64)
    assert tuple(SCENARIOS["single-stream"].batch_sizes([8, 64])) == (1,)


@pytest.mark.parametrize("name", SCENARIOS)
def test_each_request_is_timed_alone(name: str) -> None:
    clock = Clock(request_ns=5_000)
    durations = SCENARIOS[name].drive(clock.request, clock, harness.Bounds(seconds=0, calls=3))
    assert list(durations) == [6_000] * 3
    assert sum(durations) < clock.now - 1_000  # the loop's own time is in none of them


@pytest.mark.parametrize("name", SCENARIOS)
def test_it_goes_on_until_both_bounds_are_reached(name: str) -> None:
    drive = SCENARIOS[name].drive
    slow, fast = Clock(request_ns=10**9), Clock(request_ns=10**6)
    assert len(drive(slow.request, slow, harness.Bounds(seconds=0.5, calls=4))) == 4
    durations = drive(fast.request, fast, harness.Bounds(seconds=0.5, calls=4))
    assert fast.now >= 0.5e9
    assert len(durations) == pytest.approx(0.5e9 / 1.002e6, abs=1)


def test_the_loop_adds_well_below_a_microsecond_to_a_request() -> None:
    drive = SCENARIOS["offline"].drive
    bounds = harness.Bounds(seconds=0, calls=20_000)
    assert statistics.median(drive(lambda: None, time.perf_counter_ns, bounds)) < 1_000
