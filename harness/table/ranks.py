"""Each line's place by latency, among the lines of one model under the same conditions."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from harness import compare
from harness.table.joining import batch, right

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.table.joining import Line
    from harness.types import Case, Record, Subset


class Rank(NamedTuple):
    """A place, and the batch size at which it was won."""

    place: int
    batch_size: int


def ranks(lines: Sequence[Line], floor: float) -> list[Rank | None]:
    """Return each line's rank: 1 and one more for every line that is significantly faster.

    None has a line whose outputs were not found right, that was not timed at the smallest batch
    size of its rivals, or that has no rival. A difference within the share `floor` is none.
    """
    found: list[Rank | None] = [None] * len(lines)
    for places in _groups(lines):
        timed = _timed(lines, places)
        for place, rank in zip(timed, compare.ranks(list(timed.values()), floor), strict=True):
            if rank is not None and len(timed) > 1:
                found[place] = Rank(rank, timed[place].job.case.batch_size or 1)
    return found


def _groups(lines: Sequence[Line]) -> list[list[int]]:
    groups: dict[tuple[str, Subset | None, Case], list[int]] = {}
    for place, line in enumerate(lines):
        if right(line):
            for record in line.of("speed")[:1]:
                case = replace(record.job.case, batch_size=None)
                groups.setdefault((line.machine, line.subset, case), []).append(place)
    return list(groups.values())


def _timed(lines: Sequence[Line], places: Sequence[int]) -> dict[int, Record]:
    """Return what was timed at the smallest batch size that any of the lines was timed at."""
    timed = {
        place: [record for record in lines[place].of("speed") if record.status == "ok"]
        for place in places
    }
    sizes = {record.job.case.batch_size or 1 for each in timed.values() for record in each}
    smallest = {place: batch(each, min(sizes, default=1)) for place, each in timed.items()}
    return {place: record for place, record in smallest.items() if record is not None}
