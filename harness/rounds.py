"""Two speed records' rounds to a ratio of their latencies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness import stats

if TYPE_CHECKING:
    from harness.types import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """The candidate's latency over the baseline's: under 1 the candidate is faster."""

    estimate: stats.Estimate
    rounds: int
    """Of the one that has fewer."""
    paired: bool
    """Whether both had their turns in the same rounds, so that the machine's drift cancels."""


def ratio(baseline: Record, candidate: Record) -> Ratio | None:
    """Return the ratio of two records of one case; None where no round was timed for both.

    Paired round by round within a group, else between the geometric means of all rounds.
    """
    first, second = _medians(baseline), _medians(candidate)
    if baseline.group_run_id != candidate.group_run_id:
        one, other = _timed(first), _timed(second)
        if not one or not other:
            return None
        estimate = stats.unpaired_ratio(other, one)
        return Ratio(estimate=estimate, rounds=min(len(one), len(other)), paired=False)
    pairs = [
        (one, other)
        for one, other in zip(first, second, strict=False)  # one may have died before the other
        if one is not None and other is not None
    ]
    if not pairs:
        return None
    estimate = stats.paired_ratio([other for _, other in pairs], [one for one, _ in pairs])
    return Ratio(estimate=estimate, rounds=len(pairs), paired=True)


def _medians(record: Record) -> list[float | None]:
    return list(record.details.get("round_medians", []))


def _timed(medians: list[float | None]) -> list[float]:
    return [each for each in medians if each is not None]
