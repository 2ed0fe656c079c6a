"""Which figures of a column are its best."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.table import Column, Row


def best(column: Column, rows: Sequence[Row]) -> frozenset[int]:
    """Return which rows hold the best figure, each model's own where it has several rows.

    As good as the best is what has an interval that touches the best one's. Rows with wrong outputs
    and unusable figures are out, and so are those of speed without an interval; where all are
    equally good none is best.
    """
    places: dict[str, list[int]] = {}
    for place, row in enumerate(rows):
        places.setdefault(row.cells["model"].text, []).append(place)
    groups = list(places.values())
    if len(groups) == len(rows):
        groups = [list(range(len(rows)))]
    return frozenset().union(*(_best(column, rows, group) for group in groups))


def _best(column: Column, rows: Sequence[Row], places: Sequence[int]) -> frozenset[int]:
    if column.direction is None:
        return frozenset()
    sign = 1.0 if column.direction == "lower" else -1.0
    bounds: dict[int, tuple[float, ...]] = {}
    for place in places:
        cell = rows[place].cells[column.name]
        told = column.topic != "speed" or None not in {cell.low, cell.high}
        usable = rows[place].ranked and cell.label != "unusable" and told
        if usable and isinstance(cell.value, (int, float)):
            ends = [cell.value if end is None else end for end in (cell.low, cell.high)]
            bounds[place] = (sign * cell.value, *sorted(sign * end for end in ends))
    if not bounds:
        return frozenset()
    _, _, limit = min(bounds.values())
    found = frozenset(place for place, (_, low, _) in bounds.items() if low <= limit)
    return found if len(found) < len(bounds) else frozenset()
