"""Epoch after epoch, each ending in a checkpoint."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from harness_torch.training import checkpoint, curve
from harness_torch.training.card import Epoch
from harness_torch.training.epoch import learnt, scored
from harness_torch.training.optimisation import optimiser

if TYPE_CHECKING:
    from pathlib import Path

    import torch
    from torch import nn

    from harness_torch.training.card import Plan
    from harness_torch.training.checkpoint import State
    from harness_torch.training.data import Splits
    from harness_torch.training.learner import Learner
    from harness_torch.training.progress import Progress
    from harness_torch.training.task import Task


def begun(learner: Learner, plan: Plan, folder: Path) -> State:
    """Return the state that a folder's checkpoint holds, or the first one."""
    state = checkpoint.State(
        folder=folder,
        module=learner.module,
        optimiser=optimiser(learner.learning, plan.recipe),
        best=_copied(learner.module),
    )
    checkpoint.restore(state, plan)
    return state


def finish(  # noqa: PLR0913, PLR0917 - each is a part of its own
    learner: Learner,
    splits: Splits,
    task: Task,
    plan: Plan,
    state: State,
    time_limit: float | None,
    began: float,
    progress: Progress,
) -> str:
    """Train to the recipe's end and give the network its best epoch's weights.

    Returns why it stopped before that, or "". The limit counts from `began`, on the monotonic
    clock; an epoch that has begun is finished, and one is carried out however short it is.
    """
    recipe, stopped = plan.recipe, ""
    progress.start(recipe.epochs, state.epochs)
    first = len(state.epochs) + 1
    for number in range(first, recipe.epochs + 1):
        late = time_limit is not None and time.monotonic() - began >= time_limit
        if late and number > first:
            stopped = f"the time limit of {time_limit:g} s was reached"
            break
        started = time.monotonic()
        losses: list[float] = []

        def step(loss: float, losses: list[float] = losses) -> None:
            losses.append(loss)
            progress.step(loss)

        training = learnt(
            learner, splits.training, task, recipe, state.optimiser, epoch=number, step=step
        )
        validation = scored(learner, splits.validation, task)
        seconds = time.monotonic() - started
        epoch = Epoch(number=number, training=training, validation=validation, seconds=seconds)
        state.epochs.append(epoch)
        state.losses += losses
        if favourite(state.epochs) is epoch:
            state.best = _copied(learner.module)
        curve.write(state.folder, state.epochs, state.losses, plan)
        checkpoint.save(state, plan)
        progress.epoch(epoch)
    learner.module.load_state_dict(state.best)
    return stopped


def favourite(epochs: list[Epoch]) -> Epoch:
    """Return the epoch with most held-out images right, and of such the one with the least loss."""
    return max(epochs, key=lambda each: (each.validation.right, -each.validation.loss))


def _copied(module: nn.Module) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in module.state_dict().items()}
