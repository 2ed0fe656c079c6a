"""All that the table knows, as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from harness.table import Table


def render(table: Table) -> str:
    """Return columns, rows by column name, and notes."""
    columns = [
        {"name": each.name, "title": each.title, "unit": each.unit, "direction": each.direction}
        for each in table.columns
    ]
    rows = [
        {"ranked": row.ranked, "cells": {each.name: row.cells[each.name] for each in table.columns}}
        for row in table.rows
    ]
    content = msgspec.json.encode({"columns": columns, "rows": rows, "notes": table.notes})
    return msgspec.json.format(content, indent=2).decode() + "\n"
