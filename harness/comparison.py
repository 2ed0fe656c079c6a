"""What a comparison says, for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.compare.accuracy import counted
from harness.compare.naming import about
from harness.compare.speed import figure
from harness.table import naming

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.calibration import Floor
    from harness.compare import Accuracy, Alone, Comparison, Speed
    from harness.types import Case


def text(found: Comparison) -> str:
    """Return the verdicts on the candidate, under what they have in common, and what else counts.

    Lines, for a table would shred the names of contenders and cases in a narrow terminal.
    """
    parts = [f"{found.candidate} against {found.baseline}; a ratio under 1 is faster"]
    blocks: dict[str, list[str]] = {}
    for timed in found.speed:
        blocks.setdefault(_about_speed(timed), []).append(_speed(timed))
    for scored in found.accuracy:
        blocks.setdefault(_about_accuracy(scored), []).append(_accuracy(scored))
    parts += ["\n".join([title, *lines]) for title, lines in blocks.items()]
    return "\n\n".join([*parts, *_beneath(found)])


def _about_speed(found: Speed) -> str:
    least = found.minimum_effect
    effect = "" if least is None else f", minimum effect {least:.1%}"
    return f"latency of {_change(found.baseline, found.candidate)}{effect}{_reason(found)}"


def _speed(found: Speed) -> str:
    spread = f"{found.rounds} rounds in {found.processes} process"
    spread += "es" if found.processes > 1 else ""
    ratio = f"{figure(found.ratio)}, {spread}" if found.ratio else ""
    return f"  {found.verdict:<9}  {ratio:<46}  {about(found.case)}"


def _about_accuracy(found: Accuracy) -> str:
    return f"Top-1 of {_change(found.baseline, found.candidate)}{_reason(found)}"


def _accuracy(found: Accuracy) -> str:
    counts = "" if found.top1 == (None, None) else " → ".join(map(counted, found.top1))
    chance = "" if found.p is None else f", p {found.p:.2g}"
    return f"  {found.verdict:<19}  {counts + chance:<46}  {_on_data(found.case)}"


def _reason(found: Speed | Accuracy) -> str:
    return f": {found.reason}" if found.reason else ""


def _beneath(found: Comparison) -> Iterator[str]:
    for name, only in (
        (found.baseline, found.only_baseline),
        (found.candidate, found.only_candidate),
    ):
        if only:
            yield "\n".join([f"only in {name}", *map(_alone, only)])
    notes = [*_noise(found), *found.notes]
    if notes:
        yield "\n".join(notes)


def _alone(found: Alone) -> str:
    return f"  {found.kind} of {found.contender} · {_on_data(found.case)} · {found.status}"


def _noise(found: Comparison) -> Iterator[str]:
    for place, floor in found.floors.items():
        yield (
            f"noise of {place}: {floor.paired:.1%} within a group, {floor.between:.1%} between "
            f"groups ({floor.groups} groups{_of(floor)}, the last measured {floor.measured[:10]})"
        )
    if found.speed and not found.floors:
        yield "noise of this machine: not known; harness calibrate measures it"


def _of(floor: Floor) -> str:
    return f" of {', '.join(floor.of)}" if floor.of else ""


def _on_data(case: Case) -> str:
    return " · ".join(each for each in (about(case), naming.data(case.subset)) if each)


def _change(one: str, other: str) -> str:
    return one if one == other else f"{one} → {other}"
