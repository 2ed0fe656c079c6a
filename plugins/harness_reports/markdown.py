"""The table in Markdown, its notes as a list underneath."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.table import Table

LEFT = {"contender", "status"}


def render(table: Table) -> str:
    """Return a table that a README or an issue can show."""
    import pandas as pd

    frame = pd.DataFrame(
        [[_escape(row.cells[each.name].text) for each in table.columns] for row in table.rows],
        columns=[_escape(column.title) for column in table.columns],
    )
    align = ["left" if column.topic in LEFT else "right" for column in table.columns]
    body = frame.to_markdown(index=False, disable_numparse=True, colalign=align)
    notes = "".join(f"- {_escape(note)}\n" for note in table.notes)
    return f"{body}\n" + (f"\n{notes}" if notes else "")


def _escape(text: str) -> str:
    return text.replace("|", r"\|").replace("\n", " ")
