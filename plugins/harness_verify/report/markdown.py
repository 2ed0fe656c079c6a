"""The report in Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness_verify.report import content

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from harness_verify.verdict import Verdict


def render(found: Verdict) -> str:
    """Return the report as a page."""
    return "\n\n".join(_parts(found)) + "\n"


def _parts(found: Verdict) -> Iterator[str]:
    yield f"# {content.title(found)}"
    yield _table(
        ["level", "grade", "checks", "what it asks"],
        (
            (each.level, f"**{each.grade}**", content.counted(each), content.ASKS[each.level])
            for each in found.levels
        ),
    )
    if found.note:
        yield found.note
    if wanting := content.wanting(found):
        yield "## What is not a pass"
        yield _table(
            ["grade", "level", "which", "what was seen"],
            (
                (each.grade, each.level, each.name, "; ".join(content.said(each)))
                for each in wanting
            ),
        )
    if trained := content.trained(found):
        yield "## Real weights"
        yield _table(
            ["model", "grade", "answers"],
            ((each.name, each.grade, each.detail) for each in trained),
        )
    columns, rows = content.numerics(found)
    if rows:
        yield "## Relative error against float64"
        yield "The largest difference over the largest output; `*` is the backend verified here."
        yield _table(columns, rows, numbers=range(1, len(columns) - 1))
    if absent := content.absent(found):
        yield "## Not applicable"
        yield _table(["level", "why", "which"], absent)
    yield f"{_cell(content.machine(found))}."


def _table(
    columns: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: range = range(0)
) -> str:
    """Return a table, the columns of `numbers` aligned to the right."""
    rule = ["---:" if place in numbers else "---" for place in range(len(columns))]
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in (columns, rule, *rows))


def _cell(text: str) -> str:
    return text.replace("|", r"\|").replace("<", r"\<").replace("\n", " ")
