"""What was found, as text for a terminal or as Markdown."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from harness_diverge import sentences

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness_diverge.comparison import Score
    from harness_diverge.examination import Findings
    from harness_diverge.gap import Difference

WIDTH = 80
SAME = "="


def text(found: Findings) -> str:
    """Return the findings for a terminal of 80 columns."""
    told = [textwrap.fill(each, WIDTH) for each in sentences.all_of(found.found)]
    return "\n\n".join([textwrap.fill(_title(found), WIDTH), _table(found, "simple"), *told])


def markdown(found: Findings) -> str:
    """Return the findings for an issue."""
    told = "\n".join(f"- {each}" for each in sentences.all_of(found.found))
    return "\n\n".join([_title(found), _table(found, "github"), told])


def _title(found: Findings) -> str:
    stages: dict[str, list[str]] = {}
    for row in found.found.rows:
        if row.how:
            stages.setdefault(row.how, []).append(row.stage)
    theirs = "; ".join(f"{', '.join(names)} by {how}" for how, names in stages.items())
    return f"{found.model} on {found.data}, {found.backend}; A as published, B: {theirs or 'as A'}"


def _table(found: Findings, style: str) -> str:
    from tabulate import tabulate

    headers = ["stage", "B's step", "until here", "right", "same"]
    told: str = tabulate(
        list(_rows(found)),
        [*headers[:3], *(f"{each} of {found.found.images:,}" for each in headers[3:])],
        tablefmt=style,
        disable_numparse=True,
        colalign=["left", "right", "right", "right", "right"],
    )
    return told


def _rows(found: Findings) -> Iterator[list[str]]:
    yield ["A", "", "", *_score(found.found.ours)]
    for row in found.found.rows:
        score = _score(row.alone) if row.step is None or row.step.images else ["", ""]
        yield [row.stage, _difference(row.step), _difference(row.chain), *score]
    yield ["all of B", "", "", *_score(found.found.theirs)]


def _score(score: Score | None) -> list[str]:
    if score is None:
        return ["-", "-"]
    return ["-" if score.right is None else f"{score.right:,}", f"{score.same:,}"]


def _difference(found: Difference | None) -> str:
    if found is None:
        return "-"
    if found.sizes or found.mean is None:
        return "other size"
    return f"{found.mean:.2g} ({found.largest:.3g})" if found.images else SAME
