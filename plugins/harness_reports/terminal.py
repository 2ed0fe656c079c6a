"""The table for a terminal: in as few blocks as its width allows, no figure cut off."""

from __future__ import annotations

import io
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

from harness_reports.ranking import best

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.table import Column, Row, Table

TOPICS = {"model": "Models", "answers": "Accuracy", "speed": "Speed"}
MARKS = ("~", "!")
STATUS_STYLES = {"ok": "green", "skipped": "yellow"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Lines of texts by column name, each with its label."""

    shared: str
    """What holds for all lines."""
    head: str
    topics: tuple[tuple[Column, ...], ...]
    """Columns that should stay together."""
    lines: list[tuple[Text, dict[str, Text]]]


def render(table: Table) -> str:
    """Return the blocks and the notes; coloured when standard output is a terminal."""
    console = Console(file=io.StringIO(), force_terminal=sys.stdout.isatty(), highlight=False)
    with console.capture() as capture:
        show(table, console)
    return "\n".join(line.rstrip() for line in capture.get().splitlines()) + "\n"


def show(table: Table, console: Console) -> None:
    """Print the blocks and the notes to a console."""
    titles: set[str] = set()
    for block in (_models(table), _results(table)):
        for columns in _packed(console, block):
            title = _title(block, columns)
            console.print(Text(f"{title}, continued" if title in titles else title, style="bold"))
            console.print(_grid(block, columns, console.width))
            console.print()
            titles.add(title)
    console.print(_notes(table, legend=console.is_terminal))


def _models(table: Table) -> Block:
    """Return what is known of each model, whatever runs it."""
    columns = _of_topic(table, "model")
    lines = {
        row.cells["model"].text: {each.name: Text(row.cells[each.name].text) for each in columns}
        for row in table.rows
    }
    return Block(
        shared="",
        head="Model",
        topics=(columns,),
        lines=[(Text(model), texts) for model, texts in lines.items() if any(texts.values())],
    )


def _results(table: Table) -> Block:
    """Return answers, speed and status, gathered by model; what all rows share is in the title."""
    keys = _of_topic(table, "contender")
    texts = {key.name: [row.cells[key.name].text for row in table.rows] for key in keys}
    shared = [texts[key.name][0] for key in keys if len(set(texts[key.name])) == 1]
    varying = [key for key in keys if len(set(texts[key.name])) > 1]
    leaves = [key.name for key in varying if key.name != "model"]
    by_model = len(leaves) < len(varying)
    topics = tuple(_of_topic(table, topic) for topic in ("answers", "speed", "status"))
    styled = {column.name: _styled(column, table.rows) for topic in topics for column in topic}
    lines: list[tuple[Text, dict[str, Text]]] = []
    model = None
    for place, row in enumerate(table.rows):
        cells = {name: column[place] for name, column in styled.items()}
        label = " · ".join(filter(None, (row.cells[name].text for name in leaves)))
        if not by_model:
            lines.append((Text(label), cells))
            continue
        if not leaves:
            lines.append((Text(row.cells["model"].text), cells))
            continue
        if row.cells["model"].text != model:
            model = row.cells["model"].text
            lines.append((Text(model, style="bold"), {}))
        lines.append((Text(f"  {label}"), cells))
    return Block(
        shared=" · ".join(filter(None, shared)),
        head=" / ".join(key.title for key in varying),
        topics=topics,
        lines=lines,
    )


def _styled(column: Column, rows: Sequence[Row]) -> list[Text]:
    """Return a column's texts: intervals dim, the best bold, the unranked dim, marks aligned."""
    winners = best(column, rows)
    marked = any(row.cells[column.name].text.endswith(MARKS) for row in rows)
    texts = []
    for place, row in enumerate(rows):
        content = row.cells[column.name].text
        figure, bracket, interval = content.partition(" [")
        style = "bold" if place in winners else "" if row.ranked else "dim"
        if column.topic == "status":
            style = STATUS_STYLES.get(content, "red")
        text = Text(figure, style=style)
        text.append(bracket + interval, style="dim")
        if marked and not content.endswith(MARKS):
            text.append(" ")
        texts.append(text)
    return texts


def _packed(console: Console, block: Block) -> list[list[Column]]:
    """Return the columns of each grid: a topic in the first that has room, or cut evenly."""
    packed: list[list[Column]] = []
    for topic in block.topics:
        room = next((each for each in packed if _fits(console, block, [*each, *topic])), None)
        if room is not None:
            room.extend(topic)
        else:
            packed.extend(_cut(console, block, topic))
    return packed


def _cut(console: Console, block: Block, topic: Sequence[Column]) -> list[list[Column]]:
    pieces: list[list[Column]] = []
    for size in range(len(topic), 0, -1):
        pieces = [list(topic[start : start + size]) for start in range(0, len(topic), size)]
        even = len(pieces[0]) - len(pieces[-1]) <= 1
        if even and all(_fits(console, block, each) for each in pieces):
            break
    return pieces


def _fits(console: Console, block: Block, columns: Sequence[Column]) -> bool:
    grid = _grid(block, columns, console.width)
    boundless = console.options.update(width=10_000)
    return console.measure(grid, options=boundless).maximum <= console.width


def _title(block: Block, columns: Sequence[Column]) -> str:
    topics = dict.fromkeys(TOPICS[each.topic] for each in columns if each.topic in TOPICS)
    title = " and ".join(topics).capitalize() or "Status"
    return f"{title} · {block.shared}" if block.shared else title


def _grid(block: Block, columns: Sequence[Column], width: int) -> Grid:
    grid = Grid(
        box=box.SIMPLE_HEAD,
        padding=(0, 0, 0, 1),
        pad_edge=False,
        show_edge=False,
    )
    grid.add_column(block.head, max_width=width * 3 // 10, overflow="fold")
    for column in columns:
        head = column.title.replace(" @", "\n@").replace(" (", "\n(")
        grid.add_column(head, justify="left" if column.topic == "status" else "right")
    for label, texts in block.lines:
        grid.add_row(label, *(texts.get(column.name, Text()) for column in columns))
    return grid


def _notes(table: Table, *, legend: bool) -> Grid:
    grid = Grid.grid(padding=(0, 1))
    if legend and any(best(column, table.rows) for column in table.columns):
        ranked = any(column.name == "rank" for column in table.columns)
        latency = " (of latencies rank 1)" if ranked else ""
        told = f"bold: the best of the usable figures{latency}, and what cannot be told from it"
        grid.add_row("·", Text(told))
    for note in table.notes:
        grid.add_row("·", Text(note))
    return grid


def _of_topic(table: Table, topic: str) -> tuple[Column, ...]:
    return tuple(column for column in table.columns if column.topic == topic)
