"""What one image shows: both chains from its file on, and each of B's steps put into A alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias

from harness.errors import reason
from harness_diverge import gap

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from harness_diverge.gap import Gap
    from harness_diverge.stage import Stage, Step

    Example: TypeAlias = tuple[Any, NDArray[Any]]
    """What a step was given, and what it made of that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alone:
    """A with one step of B's."""

    apart: Gap | None = None
    """B's step from A's, both given what A has until then; None where B's cannot take it."""
    best: int | None = None
    """The best class then; None where the rest of A cannot take it."""
    impossible: str = ""
    example: Example | None = None
    """What the step was given, and what B's made of it, where that is not what A's makes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One image in both chains."""

    ours: int
    """A's best class."""
    theirs: int
    chains: list[Gap]
    """By stage, how far the chains are apart after it."""
    alone: list[Alone]
    """By stage."""

    def without_pixels(self) -> Seen:
        """Return the same without its examples."""
        return replace(self, alone=[replace(each, example=None) for each in self.alone])


def walk(stages: Sequence[Stage], file: Path) -> list[Any]:
    """Return an image's file, and what A makes of it after each stage."""
    ours: list[Any] = [file]
    for stage in stages:
        ours.append(stage.ours(ours[-1]))
    return ours


def trace(stages: Sequence[Stage], ours: Sequence[Any]) -> Seen:
    """Return what an image shows that A has walked; raises what B from its beginning raises."""
    theirs: Any = ours[0]
    chains = []
    for stage, given, due in zip(stages, ours[:-1], ours[1:], strict=True):
        shared = theirs is given and stage.theirs is stage.ours
        theirs = due if shared else stage.theirs(theirs)
        chains.append(gap.between(due, theirs))
    steps = [each.ours for each in stages]
    return Seen(
        ours=int(ours[-1].argmax()),
        theirs=int(theirs.argmax()),
        chains=chains,
        alone=[_alone(stage, steps[at + 1 :], ours[at:]) for at, stage in enumerate(stages)],
    )


def _alone(stage: Stage, rest: Sequence[Step], ours: Sequence[Any]) -> Alone:
    """Return A with one step of B's; `ours` begins with what the step is given."""
    given, due = ours[:2]
    if stage.theirs is stage.ours:
        return Alone(apart=gap.between(due, due), best=int(ours[-1].argmax()))
    apart, example = None, None
    try:
        answer = stage.theirs(given)
        apart = gap.between(due, answer)
        example = (given, answer) if apart.any else None
        for step in rest:
            answer = step(answer)
    except Exception as error:  # noqa: BLE001 - a combination that nobody asked for may fail anyhow
        return Alone(apart=apart, impossible=reason(error), example=example)
    return Alone(apart=apart, best=int(answer.argmax()), example=example)
