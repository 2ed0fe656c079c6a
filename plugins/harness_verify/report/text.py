"""The report for a terminal."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from harness_verify.report import content

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import RenderableType

    from harness.testing import Check
    from harness_verify.verdict import Outcome, Verdict

COLOURS: dict[Outcome, str] = {
    "pass": "green",
    "degraded": "yellow",
    "fail": "red",
    "incomplete": "red",
    "not applicable": "dim",
}


def render(found: Verdict, *, coloured: bool = False) -> str:
    """Return the report, with a terminal's colours where they are asked for."""
    console = Console(file=io.StringIO(), force_terminal=coloured, highlight=False)
    with console.capture() as capture:
        for part in _parts(found):
            console.print(part)
    return "\n".join(line.rstrip() for line in capture.get().splitlines()) + "\n"


def _parts(found: Verdict) -> Iterable[RenderableType]:
    yield f"[bold {COLOURS[found.grade]}]{escape(content.title(found))}[/]\n"
    yield _grid((each.level, _coloured(each.grade), content.counted(each)) for each in found.levels)
    if found.note:
        yield f"\n{escape(found.note)}"
    if wanting := content.wanting(found):
        yield "\n[bold]What is not a pass[/]"
        yield _grid((_coloured(each.grade), _wanting(each)) for each in wanting)
    if trained := content.trained(found):
        yield "\n[bold]Real weights[/]"
        yield _grid(
            (escape(each.name), _coloured(each.grade), escape(each.detail)) for each in trained
        )
    columns, rows = content.numerics(found)
    if rows:
        yield "\n[bold]Relative error against float64[/]"
        yield _errors(columns, rows)
    if absent := content.absent(found):
        yield "\n[bold]Not applicable[/]"
        yield _grid((level, f"{escape(which)}\n{_why(why)}") for level, why, which in absent)
    yield f"\n{escape(content.machine(found))}"


def _grid(rows: Iterable[Iterable[str]]) -> Table:
    table = Table.grid(padding=(0, 2), pad_edge=True)
    for row in rows:
        table.add_row(*row)
    return table


def _wanting(check: Check) -> str:
    """Return lines, for columns would shred the names and what engines say."""
    title = escape(f"{check.level} · {check.name}")
    return "\n".join([title, *map(_why, content.said(check))])


def _why(text: str) -> str:
    return f"[italic]{escape(text)}[/]"


def _errors(columns: list[str], rows: list[list[str]]) -> Table:
    table = Table(box=None, padding=(0, 0, 0, 2), header_style="italic")
    for place, name in enumerate(columns):
        table.add_column(
            escape(name), justify="left" if place in {0, len(columns) - 1} else "right"
        )
    for row in rows:
        table.add_row(*map(escape, row))
    return table


def _coloured(grade: Outcome) -> str:
    return f"[{COLOURS[grade]}]{grade}[/]"
