from __future__ import annotations

import pytest

from harness.group.stopping import half_width, unmet
from harness.suite import Speed

STEADY = [100.0, 101.0, 99.0, 100.0, 101.0, 99.0, 100.0]
TORN = [100.0, 150.0, 60.0, 100.0, 150.0, 60.0, 100.0]


def test_rounds_end_at_their_number_where_nothing_else_is_asked_for() -> None:
    speed = Speed(rounds=3)
    assert unmet(speed, 2, {"numpy": TORN[:2]}) == "2 of 3 rounds"
    assert unmet(speed, 3, {"numpy": TORN[:3]}) == ""


def test_a_precision_target_keeps_the_rounds_going_until_every_interval_is_narrow() -> None:
    speed = Speed(rounds=3, precision_target=0.02, time_limit_seconds=60)
    assert unmet(speed, 2, {"numpy": STEADY}) == "2 of 3 rounds"
    assert unmet(speed, 7, {"numpy": STEADY, "torch": STEADY}) == ""
    assert unmet(speed, 7, {"numpy": STEADY, "torch": TORN}) == (
        "the interval of torch's latency is ±45.00%, ±2.00% was asked for"
    )


def test_fewer_than_six_rounds_have_no_interval() -> None:
    speed = Speed(rounds=3, precision_target=0.02, time_limit_seconds=60)
    assert unmet(speed, 5, {"numpy": STEADY[:5]}) == (
        "numpy's latency was observed 5 times, too few for an interval, ±2.00% was asked for"
    )


def test_half_of_the_interval_is_relative_to_the_median() -> None:
    assert half_width(STEADY[:5]) is None
    assert half_width(STEADY) == pytest.approx(0.01)
