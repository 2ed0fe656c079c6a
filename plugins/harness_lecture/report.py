"""The comparison as Markdown: a table, what its differences come from, what it rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness import UsageError
from harness.recipe import RANDOM
from harness.table import origin
from harness_lecture import comparison, found, published

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

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
    lines = [_line(HEAD), RULE]
    for row, model in pairs:
        lines += _figures(row, model)
    notes = [
        f"models: {', '.join(_named(*each) for each in pairs)}",
        f"the lecture's figures: {published.FILE}",
        *([f"not in this run: {', '.join(absent)}"] if absent else []),
        *_remarks(pairs),
        *origin.lines(results.records),
    ]
    return "\n".join([*lines, "", *(f"- {each}" for each in notes)]) + "\n"


def _figures(row: Row, model: Model) -> Iterator[str]:
    name = row.model
    for each in comparison.figures(row, model):
        yield _line((name, each.name, each.measured, each.lectures, each.difference))
        name = ""


def _remarks(pairs: Iterable[tuple[Row, Model]]) -> Iterator[str]:
    """Yield each remark once, with all the models that it holds for."""
    concerned: dict[str, list[str]] = {}
    for row, model in pairs:
        for remark in comparison.remarks(row, model):
            concerned.setdefault(remark, []).append(row.model)
    for remark, names in concerned.items():
        yield f"{', '.join(names)}: {remark}"


def _named(row: Row, model: Model) -> str:
    case = model.static.job.case
    return f"{row.model} is {case.model}" + (" (random weights)" if case.weights == RANDOM else "")


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
