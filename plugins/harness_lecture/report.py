"""The comparison as Markdown: a table, what its differences come from, what it rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness import UsageError
from harness.recipe import RANDOM
from harness.table import origin
from harness_lecture import comparison, found, published

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from harness.store import Results
    from harness_lecture.found import Model
    from harness_lecture.published import Row

HEAD = ("Model", "Figure", "Measured", "Lecture's", "Difference")
RULE = "|:---|:---|---:|---:|---:|"


def render(results: Results) -> str:
    """Return a run beside the lecture's table; `UsageError` where they have no model in common."""
    rows = published.rows(results.folder)
    models = found.models(results.records, comparison.METRICS)
    pairs = [(row, each) for row in rows for each in models if found.is_called(each, row.model)]
    absent = [row.model for row in rows if row not in {pair[0] for pair in pairs}]
    if not pairs:
        known = ", ".join(absent)
        message = f"the run holds no model of the lecture's ({known}); harness run lecture-table"
        raise UsageError(message)
    titles = _titles(pairs)
    lines = [_line(HEAD), RULE]
    for title, (row, model) in zip(titles, pairs, strict=True):
        lines += _figures(title, row, model)
    notes = [
        f"models: {', '.join(_named(*each) for each in pairs)}",
        f"the lecture's figures: {published.FILE}",
        *([f"not in this run: {', '.join(absent)}"] if absent else []),
        *_remarks(titles, pairs),
        *origin.lines(results.records),
    ]
    return "\n".join([*lines, "", *(f"- {each}" for each in notes)]) + "\n"


def _titles(pairs: Sequence[tuple[Row, Model]]) -> list[str]:
    """Return what each is called: the lecture's name, with the model's where two share it."""
    names = [row.model for row, _ in pairs]
    return [
        f"{row.model} ({_own(model)})" if names.count(row.model) > 1 else row.model
        for row, model in pairs
    ]


def _figures(title: str, row: Row, model: Model) -> Iterator[str]:
    for each in comparison.figures(row, model):
        yield _line((title, each.name, each.measured, each.lectures, each.difference))
        title = ""


def _remarks(titles: Iterable[str], pairs: Iterable[tuple[Row, Model]]) -> Iterator[str]:
    """Yield each remark once, with all the models that it holds for."""
    concerned: dict[str, list[str]] = {}
    for title, (row, model) in zip(titles, pairs, strict=True):
        for remark in comparison.remarks(row, model):
            concerned.setdefault(remark, []).append(title)
    for remark, names in concerned.items():
        yield f"{', '.join(names)}: {remark}"


def _named(row: Row, model: Model) -> str:
    return f"{row.model} is {_own(model)}"


def _own(model: Model) -> str:
    case = model.static.job.case
    return case.model + (" (random weights)" if case.weights == RANDOM else "")


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
