"""What became worse, for those who would stop a change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.compare.accuracy import counted
from harness.compare.naming import about
from harness.compare.speed import figure, verdict
from harness.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.compare import Comparison


def judged(found: Comparison, least: float) -> tuple[bool, str]:
    """Return whether some case became worse, and what is to be said: a line for each, or for none.

    Slower counts from a share of `least` on, less accurate whenever the images tell the two apart,
    and so does what was ok and is no longer. `UsageError` where the noise of the machine is not
    known: nothing could ever count as slower.
    """
    if any(each.ratio is not None and each.minimum_effect is None for each in found.speed):
        message = (
            f"{found.baseline} and {found.candidate} were not measured in the same rounds, and the "
            "noise between runs of this machine is not known, so no case can count as slower: "
            "run harness calibrate first"
        )
        raise UsageError(message)
    worse = [*_slower(found, least), *_less_accurate(found), *_gone(found)]
    return bool(worse), "\n".join(f"regression: {each}" for each in worse) or _none(found, least)


def _none(found: Comparison, least: float) -> str:
    """Return the line for a comparison without regressions, with what it does not rule out."""
    told = [f"no regression of {least:.1%} or more was found"]
    noise = max((each.minimum_effect or 0 for each in found.speed), default=0)
    if noise > least:
        told.append(f"the noise hides any under {noise:.1%}")
    if not found.speed:
        told.append("no latency was compared")
    if apart := len(found.only_baseline) + len(found.only_candidate):
        told.append(f"{apart} cases are on one side alone")
    verdicts = [*(each.verdict for each in found.speed), *(each.verdict for each in found.accuracy)]
    if unknown := sum(each in {"ambiguous", "refused"} for each in verdicts):
        told.append(f"{unknown} of {len(verdicts)} cases have no answer")
    return "; ".join(told)


def _slower(found: Comparison, least: float) -> Iterator[str]:
    for each in found.speed:
        effect = max(least, each.minimum_effect or 0)
        if each.broken:
            yield f"{about(each.case)}: {each.reason}"
        elif each.ratio is not None and verdict(each.ratio, effect) == "slower":
            took = f"latency of {each.candidate} over {each.baseline}"
            yield f"{about(each.case)}: {took} is {figure(each.ratio)}"


def _less_accurate(found: Comparison) -> Iterator[str]:
    for each in found.accuracy:
        if each.broken:
            yield f"{about(each.case)}: {each.reason}"
        elif each.verdict == "worse":
            before, now = map(counted, each.top1)
            right = f"{each.candidate} has {now} right, {each.baseline} {before}"
            yield f"{about(each.case)}: {right} (p {each.p:.2g})"


def _gone(found: Comparison) -> Iterator[str]:
    for each in found.only_baseline:
        if each.status == "ok":
            yield f"{about(each.case)}: {each.kind} of {each.contender} is only in {found.baseline}"
