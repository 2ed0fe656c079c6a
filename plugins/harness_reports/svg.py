"""A picture of what the terminal shows."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

from rich.console import Console

from harness_reports import terminal

if TYPE_CHECKING:
    from harness.table import Table

WIDTH = 118
FONT = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)


def render(table: Table) -> str:
    """Return the picture; it loads no font from elsewhere."""
    console = Console(
        file=io.StringIO(), record=True, width=WIDTH, force_terminal=True, highlight=False
    )
    terminal.show(table, console)
    picture = console.export_svg(title="cnn-harness", unique_id="cnn-harness")
    return FONT.sub("", picture)
