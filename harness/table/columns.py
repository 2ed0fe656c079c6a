"""The columns in their order. A measured one bears the name of its measurement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from harness.table import text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from harness.types import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column; its values are in `unit`, an SI one where there is one."""

    name: str
    title: str
    topic: Literal["contender", "answers", "model", "speed", "status"]
    """What it tells about; a reader short of room splits the table here."""
    unit: str = ""
    direction: Literal["higher", "lower"] | None = None
    format: Callable[[float], str] = text.count
    interval: bool = False
    """Whether the text holds the interval."""


COLUMNS: tuple[Column, ...] = (
    Column(name="model", title="Model", topic="contender"),
    Column(name="backend", title="Backend", topic="contender"),
    Column(name="machine", title="Machine", topic="contender"),
    Column(name="device", title="Device", topic="contender"),
    Column(name="precision", title="Precision", topic="contender"),
    Column(name="data", title="Data", topic="contender"),
    Column(
        name="top1",
        title="Top-1 %",
        topic="answers",
        unit="%",
        direction="higher",
        format=text.percent,
        interval=True,
    ),
    Column(
        name="top5",
        title="Top-5 %",
        topic="answers",
        unit="%",
        direction="higher",
        format=text.percent,
        interval=True,
    ),
    Column(name="n", title="n", topic="answers", unit="images"),
    Column(
        name="parameters_learnable", title="Parameters (learnable)", topic="model", unit="count"
    ),
    Column(name="parameters_stored", title="Stored", topic="model", unit="count"),
    Column(name="size", title="Size MiB", topic="model", unit="B", format=text.mebibytes),
    Column(name="macs", title="MACs", topic="model", unit="count"),
    Column(name="depth_weighted", title="Depth (weighted)", topic="model", unit="count"),
    Column(name="depth_topological", title="Depth (topological)", topic="model", unit="count"),
    Column(name="depth_nodes", title="Depth (nodes)", topic="model", unit="count"),
    Column(
        name="latency",
        title="Latency @1",
        topic="speed",
        unit="s",
        direction="lower",
        format=text.duration,
    ),
    Column(
        name="latency_p90",
        title="p90 @1",
        topic="speed",
        unit="s",
        direction="lower",
        format=text.duration,
    ),
    Column(
        name="latency_p99",
        title="p99 @1",
        topic="speed",
        unit="s",
        direction="lower",
        format=text.duration,
    ),
    Column(name="rank", title="Rank", topic="speed"),
    Column(
        name="throughput",
        title="Images/s @best",
        topic="speed",
        unit="images/s",
        direction="higher",
        format=text.number,
    ),
    Column(
        name="peak_share",
        title="% of peak @best",
        topic="speed",
        unit="%",
        direction=None,  # each machine and device has a peak of its own
        format=text.share,
    ),
    Column(
        name="load_time",
        title="Load",
        topic="speed",
        unit="s",
        direction=None,  # it happens once: nobody chooses a backend by it
        format=text.duration,
    ),
    Column(
        name="first_inference",
        title="First",
        topic="speed",
        unit="s",
        direction=None,
        format=text.duration,
    ),
    Column(
        name="memory_peak",
        title="Peak MiB",
        topic="speed",
        unit="B",
        direction="lower",
        format=text.mebibytes,
    ),
    Column(name="largest_batch", title="Largest batch", topic="speed", unit="images"),
    Column(
        name="difference",
        title="Difference",
        topic="answers",
        format=text.scientific,
    ),
    Column(
        name="agreement",
        title="Agreement %",
        topic="answers",
        unit="%",
        format=text.percent,
    ),
    Column(name="status", title="Status", topic="status"),
)


def columns(records: Iterable[Record]) -> tuple[Column, ...]:
    """Return the columns, with one for each metric of a plugin that accuracy records hold."""
    known = {column.name for column in COLUMNS}
    others = {
        each.name: each
        for record in records
        if record.job.kind == "accuracy"
        for each in record.measurements
        if each.name not in known
    }
    place = [column.name for column in COLUMNS].index("n")
    added = (
        Column(
            name=each.name,
            title=f"{each.name} {each.unit}".strip(),
            topic="answers",
            unit=each.unit,
            format=text.number,
            interval=True,
        )
        for each in others.values()
    )
    return (*COLUMNS[:place], *added, *COLUMNS[place:])
