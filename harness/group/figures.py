"""From raw turns to a speed record's figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness import stats
from harness.measure import REWARM_CALLS, REWARM_NS
from harness.types import Measurement

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from harness.group.contestant import Contestant
    from harness.group.yardstick import Yardstick
    from harness.protocol import Turned
    from harness.types import Json, Label


LABELS: tuple[Label, ...] = ("stable", "unstable", "unusable")
"""From best to worst."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Samples:
    """Nanoseconds of each call."""

    latency: NDArray[np.int64]
    compute: NDArray[np.int64]
    """Of a staged session's `run` alone; empty for any other."""
    round: NDArray[np.int64]
    """Which turn each call was of."""

    @classmethod
    def read(cls, path: Path) -> Samples:
        """Return what a child collected."""
        with np.load(path, allow_pickle=False) as kept:
            return cls(latency=kept["latency"], compute=kept["compute"], round=kept["round"])

    @classmethod
    def joined(cls, parts: Sequence[Samples]) -> Samples:
        """Return what several processes collected, their turns counted on."""
        before = np.cumsum([0, *(np.max(part.round) + 1 for part in parts)])
        return cls(
            latency=np.concatenate([part.latency for part in parts]),
            compute=np.concatenate([part.compute for part in parts]),
            round=np.concatenate(
                [part.round + start for part, start in zip(parts, before, strict=False)]
            ),
        )

    def write(self, path: Path) -> None:
        """Save all of it as .npz."""
        np.savez_compressed(path, latency=self.latency, compute=self.compute, round=self.round)

    def medians(self) -> list[float]:
        """Return the median latency of each turn."""
        return [stats.median(self.latency[self.round == each]) for each in np.unique(self.round)]


def of_speed(shown: Contestant, samples: Samples, batch_size: int) -> tuple[Measurement, ...]:
    """Return a contender's figures at one batch size."""
    return (
        *_latency(samples, shown),
        *_compute(samples),
        _throughput(shown, batch_size),
        _once("load_time", [each.load_ns for each in shown.opened]),
        _once("first_inference", [each.first_ns for each in shown.warmed]),
    )


def peak_share(
    shown: Contestant, batch_size: int, macs: int | None, measure: Yardstick
) -> Measurement:
    """Return the direct convolution's FLOP/s over those of the matrix product, round by round."""
    name, unit = "peak_share", "%"
    if macs is None:
        return Measurement(name=name, unit=unit, reason="the graph's shapes are not known")
    if measure.reason:
        return Measurement(name=name, unit=unit, reason=measure.reason)
    flops = [2 * macs * rate for rate in _rates(shown.turns, batch_size)]
    ratio = stats.paired_ratio(
        *(stats.gathered(each, shown.processes) for each in (flops, measure.rates))
    )
    return Measurement(
        name=name,
        unit=unit,
        value=100 * ratio.value,
        low=None if ratio.low is None else 100 * ratio.low,
        high=None if ratio.high is None else 100 * ratio.high,
        n=len(shown.turns),
        label=stats.noise([one / other for one, other in zip(flops, measure.rates, strict=True)]),
    )


def details(shown: Contestant, samples: Samples) -> dict[str, Json]:
    """Return how the figures came about: round by round, the warm-ups, the libraries' threads."""
    return {
        "round_medians": samples.medians(),
        "round_process": shown.processes,
        "round_calls": [turn.calls for turn in shown.turns],
        "wall_ns": [turn.wall_ns for turn in shown.turns],
        "cpu_ns": [turn.cpu_ns for turn in shown.turns],
        "judged": shown.judged,
        "rewarm": {"least_calls": REWARM_CALLS, "least_ns": REWARM_NS},
        "feed_batches": shown.warmed[0].batches,
        "thread_pools": shown.opened[0].thread_pools,
        "warmup": {
            "calls": [each.calls for each in shown.warmed],
            "seconds": [each.seconds for each in shown.warmed],
            "settled": all(each.settled for each in shown.warmed),
        },
    }


def _latency(samples: Samples, shown: Contestant) -> Iterator[Measurement]:
    medians = samples.medians()
    latency = stats.median_interval(stats.gathered(medians, shown.processes))
    label = stats.noise(medians)
    if shown.warmed[0].alike:
        # A slow round holds few calls: only among the rounds does it weigh what it lasted.
        label = max(label, stats.noise(samples.latency), key=LABELS.index)
    count = len(samples.latency)
    yield Measurement(
        name="latency",
        unit="ns",
        value=latency.value,
        low=latency.low,
        high=latency.high,
        n=count,
        label=label,
    )
    for q, support in stats.SUPPORT.items():
        tail = stats.percentile(samples.latency, q)
        yield Measurement(
            name=f"latency_p{q}",
            unit="ns",
            value=tail,
            reason="" if tail is not None else f"needs {support} samples",
            n=count,
            label=label,
        )


def _compute(samples: Samples) -> Iterator[Measurement]:
    if len(samples.compute):
        yield Measurement(
            name="compute",
            unit="ns",
            value=stats.median(samples.compute),
            n=len(samples.compute),
            label=stats.noise(samples.compute),
        )


def _throughput(shown: Contestant, batch_size: int) -> Measurement:
    rates = _rates(shown.turns, batch_size)
    interval = stats.geometric_mean(stats.gathered(rates, shown.processes))
    images = batch_size * sum(turn.calls for turn in shown.turns)
    return Measurement(
        name="throughput",
        unit="images/s",
        value=images / sum(turn.wall_ns for turn in shown.turns) * 1e9,
        low=interval.low,
        high=interval.high,
        n=len(shown.turns),
        label=stats.noise(rates),
    )


def _once(name: str, durations: Sequence[int]) -> Measurement:
    """Return what happens once in a process, as the median of its processes."""
    found = stats.median_interval(durations)
    return Measurement(
        name=name,
        unit="ns",
        value=found.value,
        low=found.low,
        high=found.high,
        n=len(durations),
    )


def _rates(turns: Sequence[Turned], batch_size: int) -> list[float]:
    """Return each turn's images/s."""
    return [batch_size * turn.calls / turn.wall_ns * 1e9 for turn in turns]
