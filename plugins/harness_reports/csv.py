"""The table's figures for machines: SI units, intervals in columns of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.table import Table

PARTS = ("low", "high", "label", "note")


def render(table: Table) -> str:
    """Return a line for each row; the header names the units, what is missing is empty."""
    import pandas as pd

    columns: dict[str, list[str]] = {}
    for column in table.columns:
        cells = [row.cells[column.name] for row in table.rows]
        unit = f" [{column.unit}]" if column.unit else ""
        columns[f"{column.name}{unit}"] = [_plain(cell.value) for cell in cells]
        for part in PARTS:
            values = [_plain(getattr(cell, part)) for cell in cells]
            if any(values):
                columns[f"{column.name}_{part}{unit if part in PARTS[:2] else ''}"] = values
    return pd.DataFrame(columns).to_csv(index=False, lineterminator="\n")


def _plain(value: float | str | None) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else f"{value:.15g}"
