"""What a person sees on standard error while a backend is asked."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from harness import progress

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from harness.testing import Check


class Progress(Protocol):
    """Told of everything that happens in a verification."""

    def start(self, pieces: int) -> None:
        """Say how many pieces of work there are."""

    def heard(self, about: str) -> None:
        """Say what is being done now."""

    def checked(self, check: Check) -> None:
        """Say that a check has its grade."""

    def finished(self) -> None:
        """Say that a piece of work is finished."""


@dataclass(slots=True)
class Lines:
    """A line for each check; for logs and pipes."""

    console: Console

    def start(self, pieces: int) -> None:
        """Print how much there is to do."""
        self.console.print(f"pieces of work: {pieces}", highlight=False)

    def heard(self, about: str) -> None:
        """Print it: it may take minutes."""
        self.console.print(about, highlight=False, markup=False)

    def checked(self, check: Check) -> None:
        """Print one line."""
        self.console.print(f"  {line(check)}", highlight=False, markup=False, soft_wrap=True)

    def finished(self) -> None:
        """Say nothing: the next piece does."""


@dataclass(slots=True)
class Live:
    """A bar with what is being done; what is not a pass is printed above it."""

    bar: progress.Live

    def start(self, pieces: int) -> None:
        """Set the bar's length."""
        self.bar.start(pieces, 0)

    def heard(self, about: str) -> None:
        """Show it."""
        self.bar.heard(about)

    def checked(self, check: Check) -> None:
        """Print what is not a pass."""
        if check.grade in {"fail", "degraded"}:
            self.bar.bars.console.print(line(check), highlight=False, markup=False)

    def finished(self) -> None:
        """Move the bar."""
        self.bar.finished()


@contextmanager
def shown() -> Iterator[Progress]:
    """Show progress on standard error, as fits what that is."""
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield Lines(console)
        return
    bar = progress.live(console)
    with bar.bars:
        yield Live(bar)


def line(check: Check) -> str:
    """Return a check in one line."""
    said = "; ".join(each for each in (check.detail, check.located) if each)
    return f"{check.level} · {check.name} {check.grade}{f': {said}' if said else ''}"
