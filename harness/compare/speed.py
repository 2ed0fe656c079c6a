"""Two speed records to a ratio of latencies with a verdict; many of one case to ranks."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

from harness import calibration
from harness.compare.naming import failure, titled
from harness.compare.pairing import machine
from harness.rounds import ratio

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from harness.calibration import Floor
    from harness.compare.pairing import Pair
    from harness.stats import Estimate
    from harness.types import Case, Record

Verdict: TypeAlias = Literal["faster", "slower", "same", "ambiguous", "refused"]

MINIMUM_EFFECT = 0.02
"""Less is no difference, however certain."""
SMALL = 0.1
"""Ratios below would show nothing in three decimals."""
APART = "in different groups"
UNKNOWN_NOISE = "the noise between runs of this machine is not known: harness calibrate"
NO_INTERVAL = "a single round has no interval"


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """One case: the candidate's latency over the baseline's, and what follows from it."""

    case: Case
    baseline: str
    """The contender, with its version."""
    candidate: str
    verdict: Verdict
    ratio: Estimate | None = None
    """Under 1 the candidate is faster."""
    rounds: int = 0
    processes: int = 0
    """Over which the rounds were spread; each is one observation."""
    minimum_effect: float | None = None
    """As a share, never below the machine's noise; none where that is not known."""
    reason: str = ""
    broken: bool = False
    """Whether the baseline was ok and the candidate is not."""


def of_pair(pair: Pair, wrong: Iterable[Record], floors: Mapping[str, Floor]) -> Speed:
    """Return the comparison of a pair; `floors` are what is known of machines' noise.

    A contender whose outputs are wrong, in whatever kind of record that was found, gets no verdict.
    """
    found = Speed(
        case=pair.baseline.job.case,
        baseline=titled(pair.baseline.job.contender),
        candidate=titled(pair.candidate.job.contender),
        verdict="refused",
    )
    suspects = list(wrong)
    failures = [_refusal(record, suspects) for record in pair]
    if any(failures):
        return replace(found, reason=failures[0] or failures[1], broken=not failures[0])
    measured = ratio(pair.baseline, pair.candidate)
    if measured is None:
        return replace(found, reason="no round was timed for both")
    least = _minimum_effect(pair, floors, paired=measured.paired)
    reasons = {
        APART: not measured.paired,
        UNKNOWN_NOISE: least is None,
        NO_INTERVAL: measured.estimate.low is None,
        **{
            f"{record.job.contender.name} was not held against the oracle": _unjudged(record)
            for record in pair
        },
    }
    return replace(
        found,
        verdict="ambiguous" if least is None else verdict(measured.estimate, least),
        ratio=measured.estimate,
        rounds=measured.rounds,
        processes=measured.processes,
        minimum_effect=least,
        reason="; ".join(reason for reason, holds in reasons.items() if holds),
    )


def figure(ratio: Estimate) -> str:
    """Return a ratio with its interval, for a person."""
    if ratio.low is None or ratio.high is None:
        return _digits(ratio.value)
    return f"{_digits(ratio.value)} [{_digits(ratio.low)}, {_digits(ratio.high)}]"


def verdict(ratio: Estimate, minimum_effect: float = MINIMUM_EFFECT) -> Verdict:
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


def ranks(records: Sequence[Record], floor: float = 0) -> list[int | None]:
    """Return the rank of each of one case's speed records; those that nothing tells apart share it.

    It is 1 + the number of others that are faster, by the verdict on their common rounds and with
    an effect beyond the machine's noise `floor`. What failed, is wrong or is a control has none,
    and nobody has one where not all had their turns in the same rounds.
    """
    ranked = [place for place, record in enumerate(records) if _is_ranked(record)]
    if len({records[place].group_run_id for place in ranked}) > 1:
        return [None] * len(records)
    ahead = dict.fromkeys(ranked, 0)
    for first, second in itertools.combinations(ranked, 2):
        measured = ratio(records[first], records[second])
        if measured is None:
            continue
        said = verdict(measured.estimate, max(MINIMUM_EFFECT, floor))
        if said in {"faster", "slower"}:
            ahead[first if said == "faster" else second] += 1
    return [1 + ahead[place] if place in ahead else None for place in range(len(records))]


def _digits(ratio: float) -> str:
    return f"{ratio:.3f}" if ratio > SMALL else f"{ratio:.2g}"


def _is_ranked(record: Record) -> bool:
    return record.status == "ok" and record.job.contender.role != "control"


def _unjudged(record: Record) -> bool:
    control = record.job.contender.role == "control"
    return not control and record.details.get("judged") is False


def _minimum_effect(pair: Pair, floors: Mapping[str, Floor], *, paired: bool) -> float | None:
    """Return the least effect that counts; None where the noise in question is not known."""
    known = [floors.get(calibration.place(record)) for record in pair]
    if paired:
        return max([MINIMUM_EFFECT, *(each.paired for each in known if each)])
    between = [each.between for each in known if each]
    return max(MINIMUM_EFFECT, *between) if len(between) == len(known) else None


def _refusal(record: Record, wrong: Iterable[Record]) -> str:
    """Return why a record, or another of its session, lets its figure count for nothing, or ""."""
    session = [record, *(each for each in wrong if _session(each) == _session(record))]
    return next((reason for each in session if (reason := failure(each))), "")


def _session(record: Record) -> object:
    case = record.job.case
    on = machine(record), case.artefact, case.device, case.precision
    return record.run_id, on, record.job.contender
