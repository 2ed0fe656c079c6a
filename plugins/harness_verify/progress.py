"""What a person sees on standard error while a backend is asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from harness import progress
from harness_verify.report import content

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from rich.console import Console

    from harness.testing import Check


class Progress(Protocol):
    """Told of everything that happens in a verification."""

    def start(self, pieces: int, checks: int) -> None:
        """Say how many pieces of work there are, and how many checks at the most."""

    def heard(self, about: str) -> None:
        """Say what is being done now."""

    def checked(self, check: Check) -> None:
        """Say that a check has its grade."""

    def finished(self, left: int) -> None:
        """Say that a piece of work is finished, and how many checks it did without."""


@dataclass(slots=True)
class Lines:
    """A line for each check; for logs and pipes."""

    console: Console

    def start(self, pieces: int, checks: int) -> None:
        """Print how much there is to do."""
        del checks
        self.console.print(f"pieces of work: {pieces}", highlight=False)

    def heard(self, about: str) -> None:
        """Print it: it may take minutes."""
        self.console.print(about, highlight=False, markup=False)

    def checked(self, check: Check) -> None:
        """Print one line."""
        self.console.print(f"  {line(check)}", highlight=False, markup=False, soft_wrap=True)

    def finished(self, left: int) -> None:
        """Say nothing: the next piece does."""


@dataclass(slots=True)
class Live:
    """A bar with what is being done; what is not a pass is printed above it."""

    bar: progress.Live

    def start(self, pieces: int, checks: int) -> None:
        """Set the bar's length."""
        del pieces
        self.bar.start(checks, 0)

    def heard(self, about: str) -> None:
        """Show it."""
        self.bar.heard(about)

    def checked(self, check: Check) -> None:
        """Move the bar; print what is not a pass."""
        self.bar.finished()
        if check.grade in {"fail", "degraded"}:
            self.bar.bars.console.print(line(check), highlight=False, markup=False)

    def finished(self, left: int) -> None:
        """Move the bar past what was not asked."""
        for _ in range(left):
            self.bar.finished()


def shown() -> AbstractContextManager[Progress]:
    """Show progress on standard error, as fits what that is."""
    return progress.shown_as(Lines, Live)


def line(check: Check) -> str:
    """Return a check in one line."""
    said = "; ".join(content.said(check))
    return f"{check.level} · {check.name} {check.grade}{f': {said}' if said else ''}"
