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
from harness.table.joining import Line, join, value

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.types import Record

__all__ = ["Cell", "Column", "Row", "Table", "table"]

ALWAYS = {"model", "backend", "status"}
WHEN_SEVERAL = {"machine", "data"}


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


def table(records: Iterable[Record]) -> Table:
    """Return the table of the newest records, in the order in which models and backends appeared.

    A column that says nothing in any row is left out.
    """
    joined = join(records)
    names = naming.names(joined.lines)
    wanted = columns(joined.records)
    rows = tuple(
        Row(
            cells=cells.row(line, name, wanted),
            ranked=_right(line),
        )
        for line, name in zip(joined.lines, names, strict=True)
    )
    return Table(
        columns=tuple(column for column in wanted if _shown(column.name, rows)),
        rows=rows,
        notes=tuple(notes.lines(joined, names, [row.cells for row in rows])),
    )


def _right(line: Line) -> bool:
    """Return whether a line's outputs were held against the oracle's and never found wrong."""
    judged = any(value(record, "difference") is not None for record in line.of("accuracy"))
    return judged and all(record.status != "wrong" for record in line.records)


def _shown(column: str, rows: tuple[Row, ...]) -> bool:
    texts = {row.cells[column].text for row in rows}
    if column in WHEN_SEVERAL:
        return len(texts) > 1
    return column in ALWAYS or any(texts)
