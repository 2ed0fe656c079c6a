"""What a person sees on standard error while a network learns."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from harness import progress

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    from rich.console import Console

    from harness_torch.training.card import Epoch


PAUSE = 0.2
"""Seconds between two redrawings: a step may take less than one."""


class Progress(Protocol):
    """Told of everything that happens in a training."""

    def heard(self, now: str) -> None:
        """Say what is being done now."""

    def start(self, epochs: int, done: Sequence[Epoch]) -> None:
        """Say how many epochs there are, and which were finished earlier."""

    def step(self, loss: float) -> None:
        """Say that a step is finished."""

    def epoch(self, epoch: Epoch) -> None:
        """Say that an epoch is finished."""


@dataclass(slots=True)
class Lines:
    """A line for each epoch; for logs and pipes."""

    console: Console

    def heard(self, now: str) -> None:
        """Print it: it may take minutes."""
        self.console.print(now, highlight=False, markup=False, soft_wrap=True)

    def start(self, epochs: int, done: Sequence[Epoch]) -> None:
        """Print how much there is to do."""
        earlier = f", {len(done)} finished earlier" if done else ""
        self.heard(f"{epochs} epochs{earlier}")

    def step(self, loss: float) -> None:
        """Say nothing: only what has ended is worth a line in a log."""

    def epoch(self, epoch: Epoch) -> None:
        """Print one line."""
        self.heard(line(epoch))


@dataclass(slots=True)
class Live:
    """A bar with the loss of the step before; each epoch's scores are printed above it."""

    bar: progress.Live
    number: int = 0
    steps: int = 0
    shown: float = 0.0
    """When a step was shown last."""

    def heard(self, now: str) -> None:
        """Show it."""
        self.bar.heard(now)

    def start(self, epochs: int, done: Sequence[Epoch]) -> None:
        """Set the bar's length, and show what was finished earlier."""
        for each in done:
            self._print(each)
        self.number = len(done)
        self.bar.start(epochs, len(done))

    def step(self, loss: float) -> None:
        """Show the loss."""
        self.steps += 1
        if time.monotonic() < self.shown + PAUSE:
            return
        self.shown = time.monotonic()
        self.bar.heard(f"epoch {self.number + 1} · step {self.steps} · loss {loss:.4f}")

    def epoch(self, epoch: Epoch) -> None:
        """Print its scores and move the bar."""
        self.number, self.steps = epoch.number, 0
        self._print(epoch)
        self.bar.finished()

    def _print(self, epoch: Epoch) -> None:
        self.bar.bars.console.print(line(epoch), highlight=False, markup=False)


def shown() -> AbstractContextManager[Progress]:
    """Show progress on standard error, as fits what that is."""
    return progress.shown_as(Lines, Live)


def line(epoch: Epoch) -> str:
    """Return an epoch in one line."""
    learnt, held = epoch.training, epoch.validation
    return (
        f"epoch {epoch.number:3}: training loss {learnt.loss:.4f}, {learnt.accuracy:5.2f} %; "
        f"validation loss {held.loss:.4f}, {held.accuracy:5.2f} %; {epoch.seconds:.1f} s"
    )
