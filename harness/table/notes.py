"""The lines beneath a table: whatever a reader must know to judge its figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.table import conditions, origin, text
from harness.table.cells import ABSENT, STATUSES, Cell, reasons
from harness.table.joining import Joined, batch, measurement, value
from harness.table.naming import is_random

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from harness.table.columns import Column
    from harness.table.naming import Name
    from harness.types import Record


def lines(
    joined: Joined,
    names: Sequence[Name],
    columns: Sequence[Column],
    rows: Sequence[dict[str, Cell]],
) -> Iterator[str]:
    """Yield the notes on the columns that are shown: what went wrong first, what was used last."""
    yield from _statuses(joined, names)
    yield from _absent(columns, names, rows)
    yield from _marks(rows)
    yield from conditions.lines(joined, names)
    if any(is_random(line.model.weights) for line in joined.lines):
        yield "random weights: drawn, not trained"
    yield from _unreadable(joined)
    yield from _oracle(joined)
    yield from _definitions({column.name for column in columns}, rows)
    yield from _controls(joined.controls)
    yield from origin.lines(joined.records)


def _statuses(joined: Joined, names: Sequence[Name]) -> Iterator[str]:
    concerned: dict[str, list[str]] = {}
    for name, line in zip(names, joined.lines, strict=True):
        for reason in _failures(line.records):
            concerned.setdefault(reason, []).append(str(name))
    for record in joined.static:
        for reason in _failures([record]):
            if reason not in concerned:
                concerned[reason] = [f"{record.job.case.model}'s structure"]
    for reason, those in concerned.items():
        yield f"{reason} ({text.some(those)})"


def _failures(records: Sequence[Record]) -> Iterator[str]:
    for status in STATUSES[1:]:
        for reason in reasons(records, status):
            yield f"{status}: {reason}"


def _absent(
    wanted: Sequence[Column], names: Sequence[Name], rows: Sequence[dict[str, Cell]]
) -> Iterator[str]:
    """Yield why figures are missing, once for all columns that miss them for one reason."""
    told: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for column in wanted:
        concerned: dict[str, list[str]] = {}
        for name, cells in zip(names, rows, strict=True):
            if cells[column.name].text == ABSENT:
                concerned.setdefault(cells[column.name].note, []).append(str(name))
        for reason, those in concerned.items():
            told.setdefault((reason, tuple(those)), []).append(column.title)
    for (reason, without), titles in told.items():
        where = "" if len(without) == len(rows) > 1 else f" ({text.some(without)})"
        yield f"no {' and no '.join(titles)}: {reason}{where}"


def _marks(rows: Sequence[dict[str, Cell]]) -> Iterator[str]:
    labels = {cell.label for cells in rows for cell in cells.values()}
    if "unstable" in labels:
        yield "~ unstable: the interquartile range is over 10 % of the median"
    if "unusable" in labels:
        yield "! unusable: the interquartile range is over 25 % of the median"


def _unreadable(joined: Joined) -> Iterator[str]:
    """Yield which images could not be read, once for each set of images."""
    told: dict[tuple[str, ...], int] = {}
    for line in joined.lines:
        for record in line.of("accuracy"):
            names = tuple(record.details.get("unreadable", {}))
            if names and line.subset:
                told[names] = line.subset.count
    for names, count in told.items():
        amount = f"{len(names)} of {count:,} images"
        yield f"{amount} could not be read, counted as wrong ({text.some(names)})"


def _oracle(joined: Joined) -> Iterator[str]:
    found = [
        measurement(record, name)
        for line in joined.lines
        for record in line.of("accuracy")
        for name in ("difference", "agreement")
    ]
    counts = sorted({each.n for each in found if each and each.n})
    if counts:
        yield f"difference and agreement: from the float64 oracle, over {_span(counts)} images"


def _definitions(shown: set[str], rows: Sequence[dict[str, Cell]]) -> Iterator[str]:
    if "rank" in shown:
        where = dict.fromkeys(cells["rank"].note for cells in rows if cells["rank"].note)
        yield (
            f"rank: by latency {' or '.join(where)}, among a model's rows of one device, precision"
            " and data; rows that their rounds cannot tell apart share one"
        )
    if "peak_share" in shown:
        yield (
            "% of peak: 2 x MACs x images/s over this machine's single-precision matrix product in"
            " the same rounds; above 100 % is possible where an engine needs fewer multiplications"
            " (Winograd)"
        )


def _controls(records: Iterable[Record]) -> Iterator[str]:
    backends: dict[str, list[Record]] = {}
    for record in records:
        backends.setdefault(record.job.contender.backend, []).append(record)
    for backend, those in backends.items():
        size = min((each.job.case.batch_size or 1 for each in those), default=1)
        smallest = [each for each in those if batch([each], size)]
        latencies = [
            each for each in (value(one, "latency") for one in smallest) if each is not None
        ]
        if latencies:
            ends = dict.fromkeys(text.duration(end(latencies) * 1e-9) for end in (min, max))
            taken = " to ".join(ends)
            yield f"{backend} backend (harness overhead): {taken} a call at batch {size}"
        for reason in _failures(those):
            yield f"{backend} backend (harness overhead): {reason}"


def _span(counts: Sequence[int]) -> str:
    return f"{counts[0]:,}" if len(counts) == 1 else f"{counts[0]:,} to {counts[-1]:,}"
