"""Two contenders' speed records to a ratio for each case, with a verdict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from harness import decode, stats
from harness.errors import UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from harness.types import Case, Contender, Record

Verdict: TypeAlias = Literal["faster", "slower", "same", "ambiguous", "unpaired", "refused"]

MINIMUM_EFFECT = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One case: the candidate's latency over the baseline's, and what follows from it."""

    case: Case
    verdict: Verdict
    ratio: stats.Estimate | None = None
    """Under 1 the candidate is faster."""
    rounds: int = 0
    reason: str = ""


def compare(
    records: Iterable[Record],
    baseline: Contender,
    candidate: Contender,
    *,
    minimum_effect: float = MINIMUM_EFFECT,
) -> list[Comparison]:
    """Return the comparison of every case in which both contenders were timed.

    The newest record of each job counts. A ratio within `minimum_effect` of 1 is no difference.
    A contender whose outputs are wrong, in whatever kind of record that was found, gets no verdict.
    """
    newest = {(_machine(record), record.job.key): record for record in records}.values()
    wrong = [record for record in newest if record.status == "wrong"]
    first, second = _by_case(newest, baseline), _by_case(newest, candidate)
    return [
        _refused(wrong, first[case], second[case])
        or _compare(first[case], second[case], minimum_effect)
        for case in first
        if case in second
    ]


def of_backends(records: Sequence[Record], baseline: str, candidate: str) -> list[Comparison]:
    """Return the comparison of two backends by name, every version and setting with every other.

    Raises `UnknownNameError` for a backend that was not timed.
    """
    timed = [record for record in records if record.job.kind == "speed"]
    known = {record.job.contender.backend for record in timed}
    for name in (baseline, candidate):
        if name not in known:
            raise UnknownNameError.among(kind="timed backend", name=name, known=known)
    contenders = [record.job.contender for record in timed]
    pairs = {
        decode.canonical([one, other]): (one, other)
        for one in contenders
        for other in contenders
        if (one.backend, other.backend) == (baseline, candidate)
    }
    return [each for one, other in pairs.values() for each in compare(records, one, other)]


def verdict(ratio: stats.Estimate, minimum_effect: float = MINIMUM_EFFECT) -> Verdict:
    """Return what a ratio of latencies says.

    Faster or slower needs both an interval that leaves 1 out and an effect beyond the minimum;
    the same needs an interval within the minimum effect; all else is ambiguous.
    """
    if ratio.low is None or ratio.high is None:
        return "ambiguous"
    most = 1 + minimum_effect
    if 1 / most <= ratio.low and ratio.high <= most:
        return "same"
    if ratio.high < 1 and ratio.value < 1 / most:
        return "faster"
    return "slower" if ratio.low > 1 and ratio.value > most else "ambiguous"


def _by_case(records: Iterable[Record], contender: Contender) -> dict[tuple[object, Case], Record]:
    return {
        (_machine(record), record.job.case): record
        for record in records
        if record.job.kind == "speed" and record.job.contender == contender
    }


def _machine(record: Record) -> object:
    return record.environment.get("machine")


def _refused(wrong: Iterable[Record], *speeds: Record) -> Comparison | None:
    for speed in speeds:
        suspects = [speed, *(each for each in wrong if _same_session(each, speed))]
        for record in suspects:
            if record.status != "ok":
                reason = f"{record.job.contender.backend} is {record.status}"
                reason += f": {record.reason}" if record.reason else ""
                return Comparison(case=speed.job.case, verdict="refused", reason=reason)
    return None


def _same_session(one: Record, other: Record) -> bool:
    first, second = one.job.case, other.job.case
    return one.job.contender == other.job.contender and (
        first.artefact,
        first.device,
        first.precision,
    ) == (second.artefact, second.device, second.precision)


def _compare(baseline: Record, candidate: Record, minimum_effect: float) -> Comparison:
    case = baseline.job.case
    first, second = _round_medians(baseline), _round_medians(candidate)
    if baseline.group_run_id != candidate.group_run_id:
        return _unpaired(case, list(_measured(first)), list(_measured(second)))
    pairs = [
        (one, other)
        for one, other in zip(first, second, strict=False)  # one may have died before the other
        if one is not None and other is not None
    ]
    if not pairs:
        return Comparison(case=case, verdict="refused", reason="no round was timed for both")
    ratio = stats.paired_ratio([other for _, other in pairs], [one for one, _ in pairs])
    return Comparison(
        case=case,
        verdict=verdict(ratio, minimum_effect),
        ratio=ratio,
        rounds=len(pairs),
        reason="a single round has no interval" if ratio.low is None else "",
    )


def _unpaired(case: Case, first: list[float], second: list[float]) -> Comparison:
    if not first or not second:
        return Comparison(case=case, verdict="refused", reason="no round was timed")
    one, other = stats.median_interval(first), stats.median_interval(second)
    ratio = stats.Estimate(
        value=other.value / one.value,
        low=other.low / one.high if other.low and one.high else None,
        high=other.high / one.low if other.high and one.low else None,
    )
    return Comparison(
        case=case,
        verdict="unpaired",
        ratio=ratio,
        rounds=min(len(first), len(second)),
        reason="measured in different groups: drift of the machine does not cancel",
    )


def _round_medians(record: Record) -> list[float | None]:
    return list(record.details.get("round_medians", []))


def _measured(medians: list[float | None]) -> Iterator[float]:
    return (each for each in medians if each is not None)
