from __future__ import annotations

import pytest

from harness_doctor import noise

MS = 1_000_000


def test_spreads_are_shares_of_the_median() -> None:
    work = [10 * MS] * 700 + [11 * MS] * 290 + [50 * MS] * 10
    found = noise.of(work, sleeps=[21 * MS, 20 * MS, 90 * MS], resolution_ns=41)
    assert found.work_ns == 10 * MS
    assert found.repetitions == 1000
    assert found.iqr == pytest.approx(0.1)
    assert found.p99 == pytest.approx(1.1, abs=0.4)
    assert found.worst == 5
    assert found.label == "stable"
    assert (found.sleep_ns, found.sleep_worst_ns) == (21 * MS, 90 * MS)
    assert found.resolution_ns == 41


def test_a_tail_that_few_repetitions_cannot_show_is_left_out() -> None:
    found = noise.of([10 * MS, 20 * MS, 30 * MS], sleeps=[20 * MS], resolution_ns=1)
    assert found.p99 is None
    assert found.label == "unusable"


def test_the_work_is_repeated_for_the_time_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(noise, "SLEEPS", 2)
    monkeypatch.setattr(noise, "SLEEP_SECONDS", 0.001)
    found = noise.measured(seconds=0.05)
    assert found.repetitions * found.work_ns * found.worst >= 0.05e9
    assert found.repetitions > 1
    assert 0 < found.resolution_ns < MS
    assert found.sleep_ns >= MS


def test_the_least_step_of_a_coarse_clock_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = iter([0, 0, 0, 30, 30, 45, 45, 105])
    monkeypatch.setattr(noise, "TICKS", 8)
    monkeypatch.setattr(noise, "clock", lambda: next(ticks))
    assert noise._resolution() == 15
