"""When the rounds of a group may end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness import stats

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.suite import Speed


def unmet(speed: Speed, rounds: int, medians: Mapping[str, Sequence[float]]) -> str:
    """Return which criterion is not met yet, or "".

    `medians` are each contender's observations of latency: one a process, or one a round where
    there is a single process.
    """
    if rounds < speed.rounds:
        return f"{rounds} of {speed.rounds} rounds"
    if speed.precision_target is None:
        return ""
    asked = f"±{speed.precision_target:.2%} was asked for"
    for name, each in medians.items():
        width = half_width(each)
        if width is None:
            return (
                f"{name}'s latency was observed {len(each)} times, too few for an interval, {asked}"
            )
        if width > speed.precision_target:
            return f"the interval of {name}'s latency is ±{width:.2%}, {asked}"
    return ""


def half_width(medians: Sequence[float]) -> float | None:
    """Return half the interval's width over the median; None where there are too few rounds."""
    found = stats.median_interval(medians)
    if found.low is None or found.high is None:
        return None
    return (found.high - found.low) / 2 / found.value
