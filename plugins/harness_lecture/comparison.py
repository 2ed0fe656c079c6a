"""A model beside the lecture's row: every figure, and what the differences come from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.table import naming
from harness.table.cells import ABSENT
from harness_lecture.terms import TERMS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness import Subset
    from harness_lecture.found import Answer, Model
    from harness_lecture.published import Row

BYTES, MEBI = 4, 2**20
METRICS = {"top1": "Top-1 %", "top5": "Top-5 %"}
IMAGES = ("imagenet", "val")
"""The lecture's data set and split, all of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure of a model, here and in the lecture."""

    name: str
    measured: str
    lectures: str
    difference: str


def figures(row: Row, model: Model) -> Iterator[Figure]:
    """Yield the lecture's figures in its order."""
    size = model.count("size")
    yield _whole("Size MiB", None if size is None else round(size / MEBI), row.size_mib)
    for metric, title in METRICS.items():
        yield _accuracy(title, model.answers[metric], getattr(row, metric))
    yield _whole("Parameters", model.count("parameters_stored"), row.parameters)
    yield _whole("Depth", model.count("depth_topological"), row.depth)


def remarks(row: Row, model: Model) -> Iterator[str]:
    """Yield what each difference comes from; what no term explains is said."""
    if model.static.status != "ok":
        yield f"not measured: {model.static.reason}"
        return
    yield from _parameters(row, model)
    yield from _size(row, model)
    depth = model.count("depth_topological")
    if depth is not None and row.depth is not None and depth != row.depth:
        yield f"depth: unexplained: {_signed(row.depth - depth)}"
    yield from _answers(row, model)


def _whole(name: str, measured: int | None, lectures: int | None) -> Figure:
    return Figure(
        name=name,
        measured=ABSENT if measured is None else f"{measured:,}",
        lectures=ABSENT if lectures is None else f"{lectures:,}",
        difference=ABSENT if measured is None or lectures is None else _signed(measured - lectures),
    )


def _accuracy(title: str, answers: Sequence[Answer], lectures: float) -> Figure:
    """Return the figure on the lecture's images, or else on the most."""

    def rank(answer: Answer) -> tuple[bool, int]:
        return _is_lectures(answer.subset), answer.figure.n or 0

    for found in (each.figure for each in sorted(answers, key=rank, reverse=True)):
        if found.value is not None and found.low is not None and found.high is not None:
            ends = found.low, found.high
            measured = f"{found.value:.2f} [{ends[0]:.2f}, {ends[1]:.2f}]"
            apart = [f"{each - lectures:+.2f}" for each in (found.value, *ends)]
            difference = f"{apart[0]} [{apart[1]}, {apart[2]}]"
            return Figure(
                name=title, measured=measured, lectures=f"{lectures}", difference=difference
            )
    return Figure(name=title, measured="not measured", lectures=f"{lectures}", difference=ABSENT)


def _parameters(row: Row, model: Model) -> Iterator[str]:
    stored, channels, term = model.count("parameters_stored"), model.channels, TERMS.get(row.model)
    if stored is None:
        return
    amount = term.amount(channels) if term and channels else 0
    rest = row.parameters - stored - amount
    told = f"{stored:,} stored"
    if term and amount:
        told += f" {_signed(amount)} ({term.says}) = {stored + amount:,}"
    if rest:
        yield f"parameters: {told}; unexplained: {_signed(rest)}"
    elif amount:
        yield f"parameters: {told}, the lecture's"


def _size(row: Row, model: Model) -> Iterator[str]:
    size = model.count("size")
    if size is None or round(size / MEBI) == row.size_mib:
        return
    lectures = row.parameters * BYTES / MEBI
    rest = row.size_mib - round(lectures)
    told = f"size: the lecture's parameters at {BYTES} bytes are {lectures:.1f} MiB"
    yield f"{told}; unexplained: {_signed(rest)} MiB" if rest else told


def _answers(row: Row, model: Model) -> Iterator[str]:
    absent: dict[str, list[str]] = {}
    for metric, title in METRICS.items():
        answers = model.answers[metric]
        reasons = [each.figure.reason for each in answers if each.figure.value is None]
        for reason in dict.fromkeys(reasons if answers else ["the run holds no accuracy"]):
            absent.setdefault(reason, []).append(title)
        for backends, answer in _alike(answers).values():
            yield (
                f"{title}: {answer.figure.k:,} of {answer.figure.n:,} images right by "
                f"{', '.join(backends)}; {_told(answer, getattr(row, metric))}"
            )
    for reason, titles in absent.items():
        yield f"{' and '.join(titles)} not measured: {reason}"
    published = model.static.details.get("published")
    if published and any(each.figure.value is not None for each in model.answers["top1"]):
        yield (
            f"these weights as others measured them: Top-1 {published['top1']}, "
            f"Top-5 {published['top5']} ({published['source']})"
        )


def _alike(answers: Sequence[Answer]) -> dict[object, tuple[list[str], Answer]]:
    """Return each figure that was measured once, with all the backends that have it."""
    found: dict[object, tuple[list[str], Answer]] = {}
    for each in answers:
        if each.figure.value is not None:
            key = each.figure.k, each.subset
            found.setdefault(key, ([], each))[0].append(each.backend)
    return found


def _told(answer: Answer, lectures: float) -> str:
    if not _is_lectures(answer.subset):
        return f"on {naming.data(answer.subset)}, not on the lecture's images"
    inside = (answer.figure.low or 0) <= lectures <= (answer.figure.high or 0)
    return f"the interval {'holds' if inside else 'does not hold'} the lecture's"


def _is_lectures(subset: Subset | None) -> bool:
    return (
        subset is not None
        and (subset.dataset, subset.split) == IMAGES
        and subset.count == subset.total
    )


def _signed(amount: int) -> str:
    return f"{amount:+,}" if amount else "0"
