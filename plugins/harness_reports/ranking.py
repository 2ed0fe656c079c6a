"""Which figures of a column are its best."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from harness.table import Column, Row

ALIKE = ("model", "machine", "device", "precision", "data")
"""What rows have in common that are ranked among one another."""


def best(column: Column, rows: Sequence[Row]) -> frozenset[int]:
    """Return which rows hold the best figure, each model's own where it has several rows.

    As good as the best is what has an interval that touches the best one's; of latencies, where
    rows are ranked, what has rank 1. Rows with wrong outputs and unusable figures are out, and so
    are those of speed without an interval or a rank; where all are equally good none is best.
    """
    every = range(len(rows))
    groups = _together(rows, every, ("model",))
    if len(groups) == len(rows):
        groups = [list(every)]
    found: set[int] = set()
    for group in groups:
        if column.name == "latency" and any(_rank(rows[place]) for place in group):
            for rivals in _together(rows, group, ALIKE):
                found |= _first(column, rows, rivals)
        else:
            found |= _best(column, rows, group)
    return frozenset(found)


def _together(rows: Sequence[Row], places: Iterable[int], names: Sequence[str]) -> list[list[int]]:
    groups: dict[tuple[str, ...], list[int]] = {}
    for place in places:
        key = tuple(rows[place].cells[name].text for name in names)
        groups.setdefault(key, []).append(place)
    return list(groups.values())


def _rank(row: Row) -> float:
    found = row.cells["rank"].value
    return found if isinstance(found, (int, float)) else 0


def _first(column: Column, rows: Sequence[Row], places: Sequence[int]) -> frozenset[int]:
    """Return the rows of rank 1, unless all that are ranked are."""
    ranked = [place for place in places if _rank(rows[place])]
    first = [place for place in ranked if _rank(rows[place]) == 1]
    if len(first) == len(ranked):
        return frozenset()
    return frozenset(place for place in first if rows[place].cells[column.name].label != "unusable")


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
