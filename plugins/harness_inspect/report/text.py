"""The findings for a terminal."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from harness_inspect import wording
from harness_inspect.report import content, worked

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import RenderableType

    from harness_inspect.explanation import Explained, Field, Findings

WIDE = 140
"""Columns from which on formulas have room."""
OPERATOR = 12
"""Letters of an operator that are shown at most."""
WHOLE = "whole"
LEGEND = (
    "kernel: s stride, p padding, d dilation, g groups, if not 1 or 0; field: size/jump of the "
    f"receptive field in pixels, {WHOLE}: the {wording.WHOLE}"
)
WIDE_LEGEND = (
    f"{LEGEND}; least: its size along the path that sees least; per pos.: operations of one filter "
    "or neuron at a position, bias included"
)


def render(found: Findings) -> str:
    """Return the findings; one layer alone is worked through."""
    width = Console().width
    console = Console(
        file=io.StringIO(), width=width, force_terminal=sys.stdout.isatty(), highlight=False
    )
    with console.capture() as capture:
        for part in _parts(found, wide=width >= WIDE):
            console.print(part)
    return "\n".join(line.rstrip() for line in capture.get().splitlines()) + "\n"


def _parts(found: Findings, *, wide: bool) -> Iterable[RenderableType]:
    if len(found.layers) == 1 < found.totals.layers:
        (layer,) = found.layers
        yield f"[bold]{escape(worked.title(layer))}[/]\n"
        yield _grid(worked.steps(layer, found))
        return
    yield f"[bold]{escape(content.title(found))}[/]\n"
    yield _grid(content.totals(found))
    yield ""
    yield _table(content.KINDS, content.kinds(found.layers), left=1)
    yield ""
    yield _wide(found.layers) if wide else _narrow(found.layers)
    yield f"\n[dim]{WIDE_LEGEND if wide else LEGEND}[/]"
    for each in content.warnings(found):
        yield f"[yellow]{escape(each)}[/]"


def _narrow(layers: Sequence[Explained]) -> Table:
    rows = (
        (
            layer.label,
            wording.window(layer),
            wording.shape(layer.output_shape),
            _if(layer.parameters),
            wording.count(layer.macs) if layer.macs else "",
            _field(layer.receptive_field),
        )
        for layer in layers
    )
    return _table(("layer", "kernel", "output", "parameters", "MACs", "field"), rows, left=2)


def _wide(layers: Sequence[Explained]) -> Table:
    rows = (
        (
            layer.label,
            layer.op,
            wording.window(layer),
            wording.shape(layer.output_shape),
            layer.parameters_formula,
            wording.share(layer.share_of_parameters),
            wording.position(layer.operations_per_position),
            wording.count(layer.macs) if layer.macs else "",
            wording.share(layer.share_of_macs),
            wording.memory(layer.activation_bytes),
            _field(layer.receptive_field),
            _field(layer.smallest_field, jump=False),
        )
        for layer in layers
    )
    head = ("layer", "operator", "kernel", "output", "parameters", "", "per pos.", "MACs", "")
    table = _table((*head, "memory", "field", "least"), rows, left=3, gap=1)
    table.columns[1].max_width, table.columns[1].overflow = OPERATOR, "ellipsis"
    return table


def _field(fields: Sequence[Field] | None, *, jump: bool = True) -> str:
    return WHOLE if fields is None else wording.field(fields, jump=jump)


def _if(number: int) -> str:
    return f"{number:,}" if number else ""


def _grid(rows: Iterable[tuple[str, str]]) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True, style="italic")
    table.add_column()
    for row in rows:
        table.add_row(*map(escape, row))
    return table


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], left: int, gap: int = 2) -> Table:
    """Return a table whose first columns are aligned left; only the first one is ever folded."""
    table = Table(box=None, padding=(0, gap, 0, 0), pad_edge=False, header_style="italic")
    for place, name in enumerate(head):
        table.add_column(
            name,
            justify="left" if place < left else "right",
            no_wrap=place > 0,
            overflow="fold",
        )
    for row in rows:
        table.add_row(*map(escape, row))
    return table
