"""A short training for tests, and what is told how it goes."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING, Any

from harness_torch.training import recipe, session
from harness_torch.training.setting import Setting

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from harness.catalog import Catalogs
    from harness_torch.training.card import Card, Epoch

WISH: dict[str, Any] = {
    "model": "nets:network",
    "dataset": "bars",
    "strategy": "scratch",
    "weights": None,
    "limit": None,
    "test_limit": None,
    "time_limit": None,
    "fresh": False,
}
RECIPE: dict[str, Any] = {
    "epochs": 4,
    "learning_rate": 0.02,
    "batch_size": 16,
    "crop": 0.0,
    "flip": False,
    "validation": 0.2,
}


class Ear:
    """Remembers what it is told; interrupts after an epoch, or kills at a step, if asked to."""

    def __init__(self, interrupt: int | None = None, kill: int | None = None) -> None:
        self.interrupt = interrupt
        self.kill = kill
        self.losses: list[float] = []
        self.epochs: list[Epoch] = []
        self.done = 0

    def heard(self, now: str) -> None:
        """Forget it."""

    def start(self, epochs: int, done: Sequence[Epoch]) -> None:
        del epochs
        self.done = len(done)

    def step(self, loss: float) -> None:
        self.losses.append(loss)
        if len(self.losses) == self.kill:
            os.kill(os.getpid(), signal.SIGKILL)

    def epoch(self, epoch: Epoch) -> None:
        self.epochs.append(epoch)
        if epoch.number == self.interrupt:
            raise KeyboardInterrupt


def trained(offers: Catalogs, output: Path, ear: Ear, **keys: Any) -> Card:  # noqa: ANN401
    """Train as `WISH` and `RECIPE` say, with the keys of either in their place."""
    precision = keys.pop("precision", "fp32")
    asked = {name: keys.pop(name, value) for name, value in WISH.items()}
    return session.train(
        session.Wish(output=output, **asked),
        recipe.TrainingRecipe(**(RECIPE | keys)),
        Setting(device="cpu", precision=precision, threads=1),
        offers,
        ear,
    )
