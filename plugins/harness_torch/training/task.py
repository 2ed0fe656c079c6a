"""What is learnt: how a task's outputs are scored. Another task differs in this alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    import torch


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A loss to be made small, and what is counted as right."""

    loss: Callable[[torch.Tensor, torch.Tensor, float], torch.Tensor]
    """(outputs, targets, label smoothing) -> the batch's mean loss."""
    right: Callable[[torch.Tensor, torch.Tensor], int]
    """(outputs, targets) -> how many of the batch are right."""


def classification() -> Task:
    """Return the task of telling an image's class, N x classes logits to N indices."""
    from torch.nn import functional

    def loss(outputs: torch.Tensor, targets: torch.Tensor, smoothing: float) -> torch.Tensor:
        return functional.cross_entropy(outputs.float(), targets, label_smoothing=smoothing)

    def right(outputs: torch.Tensor, targets: torch.Tensor) -> int:
        return int((outputs.argmax(1) == targets).sum())

    return Task(loss=loss, right=right)
