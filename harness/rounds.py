"""Two speed records' rounds to a ratio of their latencies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from harness import stats

if TYPE_CHECKING:
    from harness.types import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """The candidate's latency over the baseline's: under 1 the candidate is faster."""

    estimate: stats.Estimate
    rounds: int
    """Of the one that has fewer, as what follows."""
    processes: int
    """Over which they were spread; each is one observation."""
    paired: bool
    """Whether both had their turns in the same rounds, so that the machine's drift cancels."""


def ratio(baseline: Record, candidate: Record) -> Ratio | None:
    """Return the ratio of two records of one case; None where no round was timed for both.

    Within a group paired round by round, a process of each being one observation; else between the
    geometric means of all their processes.
    """
    first, second = _rounds(baseline), _rounds(candidate)
    paired = baseline.group_run_id == candidate.group_run_id
    if paired:  # one may have died before the other
        both = [(one, other) for one, other in zip(first, second, strict=False) if one and other]
        first, second = [one for one, _ in both], [other for _, other in both]
    one, other = ([each for each in side if each] for side in (first, second))
    if not one or not other:
        return None
    observed = [
        stats.gathered([each.median for each in side], [each.process for each in side])
        for side in (other, one)
    ]
    form = stats.paired_ratio if paired else stats.unpaired_ratio
    return Ratio(
        estimate=form(*observed),
        rounds=min(len(one), len(other)),
        processes=min(len({each.process for each in side}) for side in (one, other)),
        paired=paired,
    )


class _Round(NamedTuple):
    median: float
    process: int


def _rounds(record: Record) -> list[_Round | None]:
    """Return a record's rounds; None for one that it missed."""
    medians = record.details.get("round_medians", [])
    processes = record.details.get("round_process", [0] * len(medians))
    return [
        None if median is None else _Round(median, process)
        for median, process in zip(medians, processes, strict=True)
    ]
