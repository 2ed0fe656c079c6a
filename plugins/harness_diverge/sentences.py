"""What the figures say, in sentences: where chains part, why, what it costs, what n can show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness import stats
from harness_diverge.stage import PIXELS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from harness_diverge.comparison import Comparison, Row, Score

LEGEND = (
    "Differences are mean (largest): in levels of 255 up to crop, in the model's units at encode, "
    "relative to A's largest at outputs. Right and same: A with that step of B's alone."
)
MANY = 100
"""How often the images may be repeated in thought."""
NAMED = 3
"""Unreadable images that are named, with their reasons."""


def all_of(found: Comparison) -> Iterator[str]:
    """Yield the conclusion first, then what it rests on."""
    parting = [row for row in found.rows if row.parts]
    yield conclusion(found, parting)
    for row in parting:
        yield _stage(row, found.images)
    if parting:
        if [found.theirs] != [row.alone for row in parting]:
            yield f"All of B {_cost(found.theirs, found.images)}."
        yield _top1(found.ours, found.theirs, found.images)
    if found.unreadable:
        yield f"Left out, unreadable: {_unreadable(found.unreadable)}."
    yield LEGEND


def conclusion(found: Comparison, parting: list[Row]) -> str:
    """Return in a line where the chains part, and what that costs."""
    if not parting:
        rounding = any(row.chain.images for row in found.rows)
        return f"The chains agree{' but for rounding' if rounding else ', bit for bit'}."
    first, *others = (row.stage for row in parting)
    then = f" first, then at {', '.join(others)}" if others else ""
    told = [f"The chains part at {first}{then}"]
    changed = {row.stage: found.images - row.alone.same for row in parting if row.alone}
    most = max(changed, key=lambda stage: changed[stage], default=first)
    if others and changed.get(most):
        told.append(f"most answers change at {most}")
    *_, encoded, outputs = found.rows
    if not encoded.apart and not outputs.parts:
        told.append("but what the model is given is the same")
    elif found.theirs.right is None:
        are = "is" if found.images == 1 else "are"
        told.append(f"{found.theirs.same:,} of {counted(found.images, 'answer')} {are} the same")
    else:
        told.append(
            f"A has {found.ours.right:,} of {found.images:,} right, B {found.theirs.right:,}"
        )
    return f"{'; '.join(told)}."


def counted(count: int, noun: str) -> str:
    """Return a count with its noun: "1 image", "2 images"."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _unreadable(reasons: Mapping[str, str]) -> str:
    told = [f"{name}: {reason}" for name, reason in reasons.items()]
    more = [f"{len(told) - NAMED:,} more"] if len(told) > NAMED else []
    return "; ".join([counted(len(told), "image"), *told[:NAMED], *more])


def _stage(row: Row, images: int) -> str:
    parts = [f"{row.stage}: {row.how}"]
    if row.step is None:
        parts.append("it cannot take what A's stage before gives")
    elif row.step.sizes:
        parts.append(f"it gives another size, {row.step.sizes}")
    if row.cause is not None:
        parts.append(f"it is {row.cause.name}{_off(row)}")
    if row.alone is None:
        parts.append(f"alone it cannot stand in A: {row.impossible}")
    else:
        parts.append(f"alone it {_cost(row.alone, images)}")
    return f"{'; '.join(parts)}."


def _off(row: Row) -> str:
    """Return how far B's step is from the known one that it is taken for."""
    if row.cause is None or row.cause.largest == 0:
        return ""
    if row.stage in PIXELS and row.cause.largest <= 1:
        return " but for a level of rounding"
    return f" nearly, {row.cause.mean:.2g} off (at most {row.cause.largest:.2g})"


def _cost(score: Score, images: int) -> str:
    if score.same == images:
        return "changes no answer"
    changes = f"changes {images - score.same:,} of {counted(images, 'answer')}"
    if score.p is None:
        return changes
    return f"{changes} (right ones: {score.lost:,} lost, {score.gained:,} won; p {score.p:.2g})"


def _top1(ours: Score, theirs: Score, images: int) -> str:
    if ours.right is None or theirs.right is None:
        return "What is right is not known: the model's labels are not those of the images."
    points = 100 * (theirs.right - ours.right) / images
    return (
        f"Top-1: A {_interval(ours.right, images)}, B {_interval(theirs.right, images)}: "
        f"{points:+.1f} points. {_power(theirs.lost or 0, theirs.gained or 0, images)}"
    )


def _interval(right: int, images: int) -> str:
    low, high = (100 * each for each in stats.wilson(right, images))
    return f"{100 * right / images:.1f} % [{low:.1f}, {high:.1f}]"


def _power(lost: int, gained: int, images: int) -> str:
    """Return what so many images can show, and how many would show what was seen."""
    if _shown(lost, gained):
        return f"{images:,} images show that: it is more than chance explains (McNemar)."
    least = next(count for count in range(1, MANY) if _shown(count, 0))
    told = f"{counted(images, 'image')} can show no difference (McNemar): that takes {least}"
    if least <= images:
        told = (
            f"{images:,} images cannot show less than {100 * least / images:.2g} points (McNemar: "
            f"{least} answers, all one way)"
        )
    if lost == gained:
        return f"{told}."
    times = next((n for n in range(2, MANY + 1) if _shown(n * lost, n * gained)), None)
    needed = f"about {times * images:,}" if times else f"more than {MANY * images:,}"
    return f"{told}; with the shares seen here, {needed} would show this one."


def _shown(lost: int, gained: int) -> bool:
    """Return whether McNemar's test tells so many answers lost and gained from chance."""
    first = [True] * lost + [False] * gained
    return stats.mcnemar(first, [not each for each in first]) < 1 - stats.CONFIDENCE
