"""Two chains over the same images: where they part, and what each stage costs."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from harness import stats
from harness.errors import DataError, HarnessError
from harness_diverge import causes, gap, images
from harness_diverge.sentences import counted
from harness_diverge.trace import trace, walk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from harness.types import Geometry, Sample
    from harness_diverge.causes import Cause
    from harness_diverge.gap import Difference, Gap
    from harness_diverge.images import Shown
    from harness_diverge.stage import Stage
    from harness_diverge.trace import Alone, Example, Seen

EVIDENCE = 4
"""The first images, by which the cause of a difference is looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """The answers of a chain beside those of A."""

    same: int
    """Images with the same best class."""
    right: int | None = None
    """None where it is not known what is right, as what follows."""
    lost: int | None = None
    """Images that only A has right ..."""
    gained: int | None = None
    """... and those that only this one has."""
    p: float | None = None
    """McNemar's exact p-value that both err equally often."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One stage."""

    stage: str
    how: str
    """What was stated of B's; "" where it is A's own."""
    parts: bool
    """Whether this step makes a difference of its own, beyond rounding."""
    step: Difference | None
    """Of B's step from A's, both given what A has until then (None where B's cannot take it) ..."""
    chain: Difference
    """... and of the chains, each from its beginning. Pixels are in levels of 255, what is encoded
    in the model's units, outputs relative to A's largest."""
    apart: bool
    """Whether the chains differ after it, beyond rounding."""
    alone: Score | None
    """A with this stage of B's alone; None where that cannot be."""
    impossible: str = ""
    cause: Cause | None = None
    """The known step that comes nearest to B's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What two chains made of the same images."""

    images: int
    unreadable: dict[str, str]
    """By id, why A cannot read an image; it is left out."""
    rows: list[Row]
    ours: Score
    theirs: Score


def compare(
    stages: Sequence[Stage], shown: Shown, geometry: Geometry, *, allowed: float
) -> Comparison:
    """Return what two chains make of the images.

    `allowed` is the relative difference of outputs that counts as none. An image that A cannot
    read is left out; what B's own code raises ends it, with the image's name.
    """
    with tempfile.TemporaryDirectory(prefix="harness-") as scratch:
        seen, unreadable = _traced(stages, shown.samples, geometry, Path(scratch))
        if not seen:
            what = f"none of {counted(len(unreadable), 'image')} can be read"
            message = f"{what}; {next(iter(unreadable.values()))}"
            raise DataError(message)
        ours = [each.ours for each in seen.values()]
        targets = None if shown.targets is None else [shown.targets[at] for at in seen]
        score = partial(scored, ours=ours, targets=targets)
        return Comparison(
            images=len(seen),
            unreadable=unreadable,
            rows=[
                _row(
                    stage,
                    [each.chains[at] for each in seen.values()],
                    [each.alone[at] for each in seen.values()],
                    score,
                    allowed,
                )
                for at, stage in enumerate(stages)
            ],
            ours=score(ours),
            theirs=score([each.theirs for each in seen.values()]),
        )


def _traced(
    stages: Sequence[Stage], samples: Sequence[Sample], geometry: Geometry, scratch: Path
) -> tuple[dict[int, Seen], dict[str, str]]:
    """Return what each image showed, by its place, and by id why it could not be read."""
    seen: dict[int, Seen] = {}
    unreadable: dict[str, str] = {}
    for at, sample in enumerate(samples):
        with _named(sample):
            try:
                ours = walk(stages, images.file(sample, geometry, scratch / f"{at}.png"))
            except DataError as reason:
                unreadable[sample.id] = str(reason)
                continue
            one = trace(stages, ours)
        seen[at] = one if len(seen) < EVIDENCE else one.without_pixels()
    return seen, unreadable


@contextmanager
def _named(sample: Sample) -> Iterator[None]:
    """Say of which image an error tells."""
    try:
        yield
    except HarnessError as reason:
        message = f"{reason} (image {sample.id})"
        raise type(reason)(message) from reason


def scored(answers: Sequence[int], ours: Sequence[int], targets: Sequence[int] | None) -> Score:
    """Return the score of best classes beside A's."""
    same = sum(one == other for one, other in zip(answers, ours, strict=True))
    if targets is None:
        return Score(same=same)
    right, due = (
        [one == other for one, other in zip(each, targets, strict=True)] for each in (answers, ours)
    )
    pairs = list(zip(due, right, strict=True))
    return Score(
        same=same,
        right=sum(right),
        lost=pairs.count((True, False)),
        gained=pairs.count((False, True)),
        p=stats.mcnemar(due, right),
    )


def _row(
    stage: Stage,
    chains: Sequence[Gap],
    alone: Sequence[Alone],
    score: Callable[[Sequence[int]], Score],
    allowed: float,
) -> Row:
    relative = stage.name == "outputs"
    least = allowed if relative else gap.ROUNDING
    answers = [each.best for each in alone if each.best is not None]
    steps = [each.apart for each in alone if each.apart is not None]
    step = gap.over(steps, relative=relative) if len(steps) == len(alone) else None
    return Row(
        stage=stage.name,
        how=stage.how,
        parts=step is None or gap.over(steps, relative=True).beyond(least),
        step=step,
        chain=gap.over(chains, relative=relative),
        apart=gap.over(chains, relative=True).beyond(least),
        alone=score(answers) if len(answers) == len(alone) else None,
        impossible=next((each.impossible for each in alone if each.impossible), ""),
        cause=_cause(stage, [each.example for each in alone if each.example], step),
    )


def _cause(stage: Stage, examples: Sequence[Example], step: Difference | None) -> Cause | None:
    """Return the known way nearest to B's, where that is nearer than A's own by half."""
    relative = stage.name == "outputs"
    found = causes.nearest(stage.known, examples, relative=relative) if examples else None
    if found is None or step is None or step.mean is None or step.sizes:
        return found
    return found if found.mean < step.mean / 2 else None
