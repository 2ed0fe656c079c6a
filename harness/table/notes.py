"""The lines beneath a table: whatever a reader must know to judge its figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.table import text
from harness.table.cells import ABSENT, STATUSES, Cell, reasons
from harness.table.columns import columns
from harness.table.joining import Joined, batch, measurement, value
from harness.table.naming import is_random

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from harness.table.columns import Column
    from harness.table.naming import Name
    from harness.types import Record, Subset

NAMED = 3
"""How many rows a note names before it counts the others."""


def lines(joined: Joined, names: Sequence[Name], rows: Sequence[dict[str, Cell]]) -> Iterator[str]:
    """Yield the notes: what went wrong first, what was used last."""
    yield from _statuses(joined, names)
    yield from _absent(columns(joined.records), names, rows)
    yield from _marks(rows)
    if any(is_random(line.model.weights) for line in joined.lines):
        yield "random weights: drawn, not trained; accuracy says nothing about the architecture"
    yield from _unreadable(joined)
    yield from _oracle(joined)
    yield from _controls(joined.controls)
    yield from _data(joined.records)
    yield from _when(joined.records)
    yield from _machines(joined.records)


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
        yield f"{reason} ({_some(those)})"


def _failures(records: Sequence[Record]) -> Iterator[str]:
    for status in STATUSES[1:]:
        for reason in reasons(records, status):
            yield f"{status}: {reason}"


def _absent(
    wanted: Sequence[Column], names: Sequence[Name], rows: Sequence[dict[str, Cell]]
) -> Iterator[str]:
    for column in wanted:
        concerned: dict[str, list[str]] = {}
        for name, cells in zip(names, rows, strict=True):
            if cells[column.name].text == ABSENT:
                concerned.setdefault(cells[column.name].note, []).append(str(name))
        for reason, those in concerned.items():
            where = "" if len(those) == len(rows) > 1 else f" ({_some(those)})"
            yield f"no {column.title}: {reason}{where}"


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
        yield f"{amount} could not be read, counted as wrong ({_some(names)})"


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


def _data(records: Iterable[Record]) -> Iterator[str]:
    subsets = dict.fromkeys(each.job.case.subset for each in records if each.job.case.subset)
    for subset in subsets:
        yield f"data: {_subset(subset)}"


def _subset(subset: Subset) -> str:
    amount = f"all {subset.count:,} images"
    if subset.count != subset.total:
        amount = f"{subset.count:,} of {subset.total:,} images (seed {subset.seed})"
    return f"{subset.dataset} {subset.split}, {amount}, sha256 {subset.sha256[:12]}"


def _when(records: Iterable[Record]) -> Iterator[str]:
    runs: dict[str, list[str]] = {}
    for record in records:
        if record.started:
            runs.setdefault(record.run_id, []).append(record.started[:16].replace("T", " "))
    for run_id, moments in runs.items():
        span = dict.fromkeys((min(moments), max(moments)))
        yield f"measured: {' to '.join(span)} UTC, run {run_id}"


def _machines(records: Iterable[Record]) -> Iterator[str]:
    machines: dict[str, dict[str, set[str]]] = {}
    for record in records:
        known = record.environment
        if "machine" not in known:
            continue
        traits = [
            str(known.get("cpu", "")),
            f"{known['cores']} cores" if "cores" in known else "",
            f"{known['memory_gib']} GiB" if "memory_gib" in known else "",
            str(known.get("system", "")),
        ]
        traits = [each for each in traits if each]
        where = f"{known['machine']} ({', '.join(traits)})" if traits else str(known["machine"])
        versions = machines.setdefault(where, {})
        used = record.job.contender
        of_engine = record.actual.versions if record.actual else {}
        for name, version in {
            "harness": known.get("harness", ""),
            "Python": known.get("python", ""),
            used.backend: used.version,
            **of_engine,
        }.items():
            if name and version:
                versions.setdefault(name, set()).add(str(version))
    for where, versions in machines.items():
        yield f"machine: {where}"
        yield "versions: " + ", ".join(
            f"{name} {' and '.join(sorted(each))}" for name, each in versions.items()
        )


def _some(names: Iterable[str]) -> str:
    every = list(names)
    rest = len(every) - NAMED
    return ", ".join(every[:NAMED]) + (f" and {rest} more" if rest > 0 else "")


def _span(counts: Sequence[int]) -> str:
    return f"{counts[0]:,}" if len(counts) == 1 else f"{counts[0]:,} to {counts[-1]:,}"
