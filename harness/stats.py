"""Estimates and the doubt that belongs to them: intervals, percentiles, tests; all at 95 %."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from harness.types import Label

CONFIDENCE = 0.95
TAIL = (1 - CONFIDENCE) / 2
Z = 1.959963984540054
"""The standard normal quantile of 1 - TAIL."""
SUPPORT = {90: 64, 99: 662}
"""Fewest samples for a percentile.

MLPerf's early-stopping rule (loadgen, early_stopping.cc): the least n at which one sample beyond
the percentile is believable with 99 % confidence.
"""
UNSTABLE = 0.10
LEAST = 3
UNUSABLE = 0.25
BOOTSTRAP_FROM = 20
RESAMPLES = 9999


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A figure and its 95 % interval, which is absent where there are too few samples for one."""

    value: float
    low: float | None = None
    high: float | None = None


def wilson(k: int, n: int) -> tuple[float, float]:
    """Return Wilson's score interval of the proportion k / n; all of [0, 1] when n is 0.

    Wilson, "Probable inference, the law of succession, and statistical inference", 1927.
    """
    if not 0 <= k <= n:
        message = f"{k} successes of {n}"
        raise ValueError(message)
    if n == 0:
        return 0.0, 1.0
    centre = k + Z**2 / 2
    spread = Z * math.sqrt(k * (n - k) / n + Z**2 / 4)
    low = 0.0 if k == 0 else (centre - spread) / (n + Z**2)
    high = 1.0 if k == n else (centre + spread) / (n + Z**2)
    return low, high


def median(samples: ArrayLike) -> float:
    """Return the median; ValueError when there are no samples."""
    return float(np.median(_values(samples)))


def iqr(samples: ArrayLike) -> float:
    """Return the distance between the quartiles, linearly interpolated."""
    low, high = np.percentile(_values(samples), [25, 75])
    return float(high - low)


def percentile(samples: ArrayLike, q: int) -> float | None:
    """Return the 90th or 99th percentile, or None when the samples are too few to support it."""
    values = np.asarray(samples, np.float64)
    return float(np.percentile(values, q)) if values.size >= SUPPORT[q] else None


def noise(samples: ArrayLike) -> Label:
    """Return the label for how widely the samples spread: IQR over median.

    Fewer than three say nothing about their spread and are unusable.
    """
    spread, middle = iqr(samples), median(samples)
    if np.size(samples) < LEAST:
        return "unusable"
    if spread <= UNSTABLE * middle:
        return "stable"
    return "unstable" if spread <= UNUSABLE * middle else "unusable"


def median_interval(samples: ArrayLike) -> Estimate:
    """Return the median with its order-statistic interval, for which six samples are needed.

    The number of samples below the true median is binomial, whatever their distribution
    (David and Nagaraja, "Order Statistics", 2003, section 7.1).
    """
    from scipy.stats import binom

    values = np.sort(_values(samples))
    rank = int(binom.ppf(TAIL, len(values), 0.5))
    if rank == 0:
        return Estimate(value=median(values))
    return Estimate(
        value=median(values), low=float(values[rank - 1]), high=float(values[len(values) - rank])
    )


def gathered(values: Sequence[float], processes: Sequence[int]) -> list[float]:
    """Return the independent observations among the positive values of rounds.

    `processes` says which process each round was of: two processes of one program differ by more
    than two rounds in one, so a process is one observation, the geometric mean of its rounds.
    Where there is only one, its rounds are all that there is. (Kalibera and Jones, "Rigorous
    benchmarking in reasonable time", 2013.)
    """
    known = sorted(set(processes))
    if len(known) <= 1:
        return list(values)
    logs, process = np.log(_values(values)), np.asarray(processes)
    return [math.exp(logs[process == each].mean()) for each in known]


def paired_ratio(numerators: Sequence[float], denominators: Sequence[float]) -> Estimate:
    """Return the geometric mean of the ratios of paired positive values, with its interval.

    A t-interval of the mean of their logarithms; from 20 pairs up a BCa bootstrap with a fixed
    seed; none for a single pair.
    """
    if len(numerators) != len(denominators):
        message = f"{len(numerators)} values against {len(denominators)}"
        raise ValueError(message)
    return _geometric(np.log(_values(numerators)) - np.log(_values(denominators)))


def geometric_mean(values: Sequence[float]) -> Estimate:
    """Return the geometric mean of positive values, with an interval made like a ratio's."""
    return _geometric(np.log(_values(values)))


def unpaired_ratio(numerators: Sequence[float], denominators: Sequence[float]) -> Estimate:
    """Return the ratio of the geometric means of positive values, with its interval.

    Welch's interval of the difference between the means of their logarithms, whose spreads may
    differ (Welch, "The generalization of 'Student's' problem when several different population
    variances are involved", 1947); none where either has a single value.
    """
    from scipy.stats import t

    one, other = np.log(_values(numerators)), np.log(_values(denominators))
    difference = float(one.mean() - other.mean())
    if min(len(one), len(other)) == 1:
        return Estimate(value=math.exp(difference))
    errors = [float(logs.var(ddof=1)) / len(logs) for logs in (one, other)]
    error = sum(errors)
    if error == 0:
        return Estimate(
            value=math.exp(difference), low=math.exp(difference), high=math.exp(difference)
        )
    freedom = error**2 / sum(
        each**2 / (len(logs) - 1) for each, logs in zip(errors, (one, other), strict=True)
    )
    half = float(t.ppf(1 - TAIL, freedom)) * math.sqrt(error)
    return Estimate(
        value=math.exp(difference),
        low=math.exp(difference - half),
        high=math.exp(difference + half),
    )


def mcnemar(first: ArrayLike, second: ArrayLike) -> float:
    """Return the exact two-sided p-value that two models err equally often on the same images.

    Takes whether each image was classified rightly, by either. McNemar's test in its binomial
    form, over the images on which they differ; 1 when there are none.
    """
    from scipy.stats import binomtest

    one, other = np.asarray(first, bool), np.asarray(second, bool)
    if one.shape != other.shape:
        message = f"{one.size} images against {other.size}"
        raise ValueError(message)
    only_one = int(np.count_nonzero(one & ~other))
    differ = int(np.count_nonzero(one != other))
    return float(binomtest(only_one, differ, 0.5).pvalue) if differ else 1.0


def _geometric(logs: NDArray[np.float64]) -> Estimate:
    value = math.exp(logs.mean())
    if len(logs) == 1:
        return Estimate(value=value)
    low, high = _mean_interval(logs)
    return Estimate(value=value, low=math.exp(low), high=math.exp(high))


def _mean_interval(values: NDArray[np.float64]) -> tuple[float, float]:
    from scipy.stats import bootstrap, t

    mean, count = float(values.mean()), len(values)
    if np.ptp(values) == 0:
        return mean, mean
    if count >= BOOTSTRAP_FROM:
        found = bootstrap(
            (values,),
            np.mean,
            n_resamples=RESAMPLES,
            confidence_level=CONFIDENCE,
            method="BCa",
            rng=np.random.default_rng(0),
        ).confidence_interval
        return float(found.low), float(found.high)
    half = float(t.ppf(1 - TAIL, count - 1)) * float(values.std(ddof=1)) / math.sqrt(count)
    return mean - half, mean + half


def _values(samples: ArrayLike) -> NDArray[np.float64]:
    values = np.asarray(samples, np.float64)
    if values.size == 0:
        message = "no samples"
        raise ValueError(message)
    return values
