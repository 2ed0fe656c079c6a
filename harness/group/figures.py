"""From raw turns to a speed record's figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness import stats
from harness.types import Measurement

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from harness.protocol import Opened, Turned, Warmed
    from harness.types import Json


def of_speed(
    opened: Opened, warmed: Warmed, turns: Sequence[Turned], batch_size: int
) -> tuple[Measurement, ...]:
    """Return a contender's figures at one batch size."""
    return (
        *_latency(turns),
        *_compute(turns),
        _throughput(turns, batch_size),
        Measurement(name="load_time", unit="ns", value=opened.load_ns, n=1),
        Measurement(name="first_inference", unit="ns", value=warmed.first_ns, n=1),
    )


def details(warmed: Warmed, turns: Sequence[Turned]) -> dict[str, Json]:
    """Return how the figures came about: round by round, and the warm-up."""
    return {
        "round_medians": [stats.median(turn.latency) for turn in turns],
        "round_calls": [len(turn.latency) for turn in turns],
        "wall_ns": [turn.wall_ns for turn in turns],
        "cpu_ns": [turn.cpu_ns for turn in turns],
        "warmup": {
            "calls": warmed.calls,
            "seconds": warmed.seconds,
            "settled": warmed.settled,
        },
    }


def write_samples(path: Path, turns: Sequence[Turned]) -> None:
    """Keep every raw sample: nanoseconds of each call, and which round it was of."""
    np.savez_compressed(
        path,
        latency=np.concatenate([turn.latency for turn in turns]),
        compute=np.concatenate([np.asarray(turn.compute, np.int64) for turn in turns]),
        round=np.repeat(np.arange(len(turns)), [len(turn.latency) for turn in turns]),
    )


def _latency(turns: Sequence[Turned]) -> Iterator[Measurement]:
    samples = np.concatenate([turn.latency for turn in turns])
    rounds = stats.median_interval([stats.median(turn.latency) for turn in turns])
    label = stats.noise(samples)
    yield Measurement(
        name="latency",
        unit="ns",
        value=stats.median(samples),
        low=rounds.low,
        high=rounds.high,
        n=len(samples),
        label=label,
    )
    tail = stats.percentile(samples, 90)
    yield Measurement(
        name="latency_p90",
        unit="ns",
        value=tail,
        reason="" if tail is not None else f"needs {stats.SUPPORT[90]} samples",
        n=len(samples),
        label=label,
    )


def _compute(turns: Sequence[Turned]) -> Iterator[Measurement]:
    samples = [value for turn in turns for value in turn.compute]
    if samples:
        yield Measurement(
            name="compute",
            unit="ns",
            value=stats.median(samples),
            n=len(samples),
            label=stats.noise(samples),
        )


def _throughput(turns: Sequence[Turned], batch_size: int) -> Measurement:
    images = [batch_size * len(turn.latency) for turn in turns]
    seconds = [turn.wall_ns / 1e9 for turn in turns]
    rates = [count / span for count, span in zip(images, seconds, strict=True)]
    interval = stats.median_interval(rates)
    return Measurement(
        name="throughput",
        unit="images/s",
        value=sum(images) / sum(seconds),
        low=interval.low,
        high=interval.high,
        n=len(turns),
        label=stats.noise(rates),
    )
