"""What a person sees while a suite runs: bars on a terminal, plain lines elsewhere."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from rich.console import Console
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

    from harness.types import Record

ShownT = TypeVar("ShownT")


class Progress(Protocol):
    """Told of everything that happens in a run."""

    def start(self, groups: int, done: int) -> None:
        """Say how many groups there are, and how many earlier runs have finished."""

    def preparing(self, model: str) -> None:
        """Say that a model is being prepared."""

    def heard(self, now: str) -> None:
        """Say what is being done now."""

    def recorded(self, record: Record) -> None:
        """Say that a job has its record."""

    def finished(self) -> None:
        """Say that a group is finished."""


@dataclass(slots=True)
class Lines:
    """A line for each job that ends; for logs and pipes."""

    console: Console
    groups: int = 0
    done: int = 0

    def start(self, groups: int, done: int) -> None:
        """Print the plan's size."""
        self.groups, self.done = groups, done
        earlier = f", {done} finished earlier" if done else ""
        self.console.print(f"{groups} groups{earlier}", highlight=False)

    def preparing(self, model: str) -> None:
        """Print the model: this may take minutes."""
        self.console.print(f"{model} · prepare", highlight=False, markup=False)

    def heard(self, now: str) -> None:
        """Say nothing: only what has ended is worth a line in a log."""

    def recorded(self, record: Record) -> None:
        """Print one line."""
        self.console.print(_line(record), highlight=False, markup=False, soft_wrap=True)

    def finished(self) -> None:
        """Count the group."""
        self.done += 1


@dataclass(slots=True)
class Live:
    """A bar with the time left and the case in hand; what fails is printed above it.

    Redrawn only when something happens: a refreshing thread would run beside the measurement.
    """

    bars: Bars
    task: TaskID

    def start(self, groups: int, done: int) -> None:
        """Set the bar's length."""
        self.bars.update(self.task, total=groups, completed=done, refresh=True)

    def preparing(self, model: str) -> None:
        """Show the model."""
        self.heard(f"{model} · prepare")

    def heard(self, now: str) -> None:
        """Show the case in hand."""
        self.bars.update(self.task, description=now, refresh=True)

    def recorded(self, record: Record) -> None:
        """Print what did not go well."""
        if record.status != "ok":
            self.bars.console.print(_line(record), highlight=False, markup=False)

    def finished(self) -> None:
        """Move the bar."""
        self.bars.update(self.task, advance=1, refresh=True)


def shown() -> AbstractContextManager[Progress]:
    """Show a run's progress on standard error, as fits what that is."""
    return shown_as(Lines, lambda bar: bar)


@contextmanager
def shown_as(lines: Callable[[Console], ShownT], bar: Callable[[Live], ShownT]) -> Iterator[ShownT]:
    """Show anything's progress on standard error: a bar on a terminal, else lines."""
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lines(console)
        return
    on_terminal = live(console)
    with on_terminal.bars:
        yield bar(on_terminal)


def live(console: Console) -> Live:
    """Return a bar on a terminal, not yet shown."""
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    bars = Progress(
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        TextColumn("{task.description}", markup=False),
        console=console,
        auto_refresh=False,
        transient=True,
    )
    return Live(bars=bars, task=bars.add_task("", total=None))


def _line(record: Record) -> str:
    case, contender = record.job.case, record.job.contender
    parts = [
        case.model,
        contender.name,
        case.device,
        record.job.kind,
        f"batch {case.batch_size}" if case.batch_size else "",
    ]
    reason = f": {record.reason}" if record.reason else ""
    return f"{' · '.join(part for part in parts if part)} {record.status}{reason}"
