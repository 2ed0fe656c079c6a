"""What stands in a row's cells."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, get_args

from harness.table import naming
from harness.table.joining import batch, measurement, value
from harness.types import Label, Measurement, Record, Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.table.columns import Column
    from harness.table.joining import Line
    from harness.table.ranks import Rank

SI = {"ns": 1e-9}
MARKS: dict[Label | None, str] = {"unstable": "~", "unusable": "!"}
ABSENT = "—"
AT_LEAST = "≥ "
JUDGED = ("difference", "agreement")
"""What an accuracy record says beside its metrics: how far from the oracle the outputs are."""
STATUSES: tuple[Status, ...] = get_args(Status)
"""From best to worst."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A figure in its column's unit, as a person reads it, and what is to be said of it."""

    value: float | str | None = None
    text: str = ""
    note: str = ""
    low: float | None = None
    high: float | None = None
    label: Label | None = None


def row(
    line: Line, name: naming.Name, rank: Rank | None, columns: Sequence[Column]
) -> dict[str, Cell]:
    """Return a row's cells by column name."""
    status = worst(line.records)
    said = {
        "model": name.model,
        "backend": name.backend,
        "machine": line.machine,
        "device": line.device,
        "precision": line.precision,
        "data": naming.data(line.subset),
    }
    sources = _sources(line, columns)
    found = {
        column.name: _figure(column, measurement(sources.get(column.name), column.name))
        for column in columns
    }
    return {
        **found,
        **{column: Cell(value=text or None, text=text) for column, text in said.items()},
        "n": _images(sources["n"]),
        "rank": _rank(rank),
        "throughput": _at_batch(found["throughput"], sources["throughput"]),
        "memory_peak": _at_batch(found["memory_peak"], sources["memory_peak"]),
        "largest_batch": _largest_batch(line),
        "status": Cell(value=status, text=status, note="; ".join(reasons(line.records, status))),
    }


def worst(records: Sequence[Record]) -> Status:
    """Return the worst status."""
    return max((record.status for record in records), key=STATUSES.index)


def reasons(records: Sequence[Record], status: Status) -> list[str]:
    """Return why records have a status, saying which of them unless it is all."""
    concerned: dict[str, list[Record]] = {}
    for record in records:
        if record.status == status and record.reason:
            concerned.setdefault(record.reason, []).append(record)
    return [
        reason if len(each) == len(records) else f"{', '.join(map(_job, each))}: {reason}"
        for reason, each in concerned.items()
    ]


def _sources(line: Line, columns: Sequence[Column]) -> dict[str, Record | None]:
    """Return the record that each measured column is read from."""
    accuracy = next(iter(line.of("accuracy")), None)
    speed, memory = line.of("speed"), line.of("memory")
    single = batch(speed, 1)
    fastest = max(speed, key=lambda each: value(each, "throughput") or 0, default=None)
    started = (each for each in (single, *speed) if value(each, "load_time") is not None)
    start = next(started, single)
    topics = {"model": line.static, "answers": accuracy}
    sources = {column.name: topics.get(column.topic) for column in columns}
    sources |= dict.fromkeys(("latency", "latency_p90", "latency_p99"), single)
    sources |= dict.fromkeys(("load_time", "first_inference"), start)
    sources |= dict.fromkeys(("throughput", "peak_share"), fastest)
    sources["memory_peak"] = max(
        memory, key=lambda each: each.job.case.batch_size or 0, default=None
    )
    return sources


def _figure(column: Column, found: Measurement | None) -> Cell:
    if found is None:
        return Cell()
    if found.value is None:
        return Cell(text=ABSENT, note=found.reason)
    scale = SI.get(found.unit, 1.0)
    cell = Cell(
        value=found.value * scale,
        low=None if found.low is None else found.low * scale,
        high=None if found.high is None else found.high * scale,
        label=found.label,
        note="" if found.k is None or found.n is None else f"{found.k:,.0f} of {found.n:,}",
    )
    text = column.format(found.value * scale)
    if column.interval and cell.low is not None and cell.high is not None:
        text += f" [{column.format(cell.low)}, {column.format(cell.high)}]"
    return replace(cell, text=text + MARKS.get(found.label, ""))


def _at_batch(cell: Cell, source: Record | None) -> Cell:
    """Name the batch size beside the figure, before the mark."""
    if source is None or cell.value is None:
        return cell
    mark = MARKS.get(cell.label, "")
    text = f"{cell.text.removesuffix(mark)} @{source.job.case.batch_size}{mark}"
    return replace(cell, text=text, note=f"batch {source.job.case.batch_size}")


def _images(accuracy: Record | None) -> Cell:
    """Return how many images the metrics rest on."""
    metrics = (
        (each for each in accuracy.measurements if each.name not in JUDGED) if accuracy else ()
    )
    found = next(iter(metrics), None)
    return Cell(value=found.n, text=f"{found.n:,}") if found and found.n is not None else Cell()


def _rank(rank: Rank | None) -> Cell:
    if rank is None:
        return Cell()
    return Cell(value=rank.place, text=str(rank.place), note=f"at batch {rank.batch_size}")


def _largest_batch(line: Line) -> Cell:
    """Return the largest batch that fitted; exact only where a larger one did not."""
    tried = [*line.of("speed"), *line.of("memory")]
    sizes = {
        status: {each.job.case.batch_size or 1 for each in tried if each.status == status}
        for status in ("ok", "oom")
    }
    fitted = max(sizes["ok"] - sizes["oom"], default=0)
    larger = [size for size in sizes["oom"] if size > fitted]
    if not larger:
        text = f"{AT_LEAST}{fitted:,}"
        note = "no larger one ran out of memory"
        return Cell(value=fitted, text=text, note=note) if fitted else Cell()
    return Cell(
        value=fitted or None,
        text=f"{fitted:,}" if fitted else ABSENT,
        note=f"batch {min(larger):,} ran out of memory",
    )


def _job(record: Record) -> str:
    size = record.job.case.batch_size
    return record.job.kind if size is None else f"{record.job.kind} @{size}"
