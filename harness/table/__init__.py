"""Records to one comparison table; pure.

A row is a model, with its weights, on a backend, with its settings, on a device in a precision.
The kinds of records are joined into it; what was measured again replaces what was measured before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.table import cells, naming, notes
from harness.table.cells import Cell
from harness.table.columns import Column, columns
from harness.table.joining import join, right
from harness.table.ranks import ranks

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.types import Record

__all__ = ["Cell", "Column", "Row", "Table", "table"]

ALWAYS = {"model", "backend", "status"}
WHEN_SEVERAL = {"machine", "data"}
WHEN_MEASURED = {"latency_p99", "peak_share"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One model on one backend."""

    cells: dict[str, Cell]
    """By column name."""
    ranked: bool
    """Whether its figures may be compared: only when its outputs were found right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """What was found out, with the lines that belong beneath."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...]


def table(records: Iterable[Record], *, floor: float = 0.0) -> Table:
    """Return the table of the newest records, in the order in which models and backends appeared.

    A column that says nothing in any row is left out. Latencies that differ by no more than the
    share `floor`, the machine's noise within a run, share a rank.
    """
    joined = join(records)
    names = naming.names(joined.lines)
    wanted = columns(joined.records)
    places = ranks(joined.lines, floor)
    rows = tuple(
        Row(
            cells=cells.row(line, name, place, wanted),
            ranked=right(line),
        )
        for line, name, place in zip(joined.lines, names, places, strict=True)
    )
    shown = tuple(column for column in wanted if _shown(column.name, rows))
    return Table(
        columns=shown,
        rows=rows,
        notes=tuple(notes.lines(joined, names, shown, [row.cells for row in rows])),
    )


def _shown(column: str, rows: tuple[Row, ...]) -> bool:
    texts = {row.cells[column].text for row in rows}
    if column in WHEN_SEVERAL:
        return len(texts) > 1
    if column in WHEN_MEASURED:
        return any(row.cells[column].value is not None for row in rows)
    if column == "largest_batch":
        return any(text and not text.startswith(cells.AT_LEAST) for text in texts)
    return column in ALWAYS or any(texts)
