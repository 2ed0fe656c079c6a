"""What is learnt: how a task's outputs are scored. Another task differs in this alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.preprocess import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Callable

    import torch

CLASSES_RANK = 2
PIXELS_RANK = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A loss to be made small, and what is counted as right."""

    loss: Callable[[torch.Tensor, torch.Tensor, float], torch.Tensor]
    """(outputs, targets, label smoothing) -> the batch's mean loss."""
    right: Callable[[torch.Tensor, torch.Tensor], int]
    """(outputs, targets) -> how many of the batch are right."""
    total: Callable[[torch.Tensor], int]
    """(targets) -> of how many."""
    rank: int
    """How many dimensions outputs have, the batch among them."""
    answers: str
    """What a network has to answer, for a message."""


def of_targets(rank: int) -> Task:
    """Return the task that targets of so many dimensions set.

    Telling an image's class: N x classes logits to N indices; or each pixel's: N x classes x H x W
    to N x H x W, of which `UNKNOWN` ones are passed over.
    """
    from torch.nn import functional

    def loss(outputs: torch.Tensor, targets: torch.Tensor, smoothing: float) -> torch.Tensor:
        if not total(targets):  # the mean over nothing is no number
            return outputs.float().sum() * 0
        return functional.cross_entropy(
            outputs.float(), targets, ignore_index=UNKNOWN, label_smoothing=smoothing
        )

    def right(outputs: torch.Tensor, targets: torch.Tensor) -> int:
        return int((outputs.argmax(1) == targets).sum())

    def total(targets: torch.Tensor) -> int:
        return int((targets != UNKNOWN).sum())

    pixels = rank > 1
    return Task(
        loss=loss,
        right=right,
        total=total,
        rank=PIXELS_RANK if pixels else CLASSES_RANK,
        answers="a map of classes" if pixels else "a row of classes",
    )
