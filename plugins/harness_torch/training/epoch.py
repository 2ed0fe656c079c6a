"""One epoch of steps, and what a network scores on images that it does not learn from."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from harness import ModelError
from harness_torch.training.augmentation import augmented
from harness_torch.training.card import Score
from harness_torch.training.learner import BATCH, tensor
from harness_torch.training.optimisation import rate
from harness_torch.training.setting import lowered

if TYPE_CHECKING:
    from collections.abc import Callable

    import torch
    from numpy.typing import NDArray

    from harness_torch.training.data import Part
    from harness_torch.training.learner import Learner
    from harness_torch.training.recipe import TrainingRecipe
    from harness_torch.training.task import Task


def learnt(  # noqa: PLR0913 - each is a part of its own
    learner: Learner,
    part: Part,
    task: Task,
    recipe: TrainingRecipe,
    optimiser: torch.optim.Optimizer,
    *,
    epoch: int,
    step: Callable[[float], None],
) -> Score:
    """Carry out an epoch, counted from 1, and return its score; `step` is told of each loss.

    Chance depends on seed and epoch alone, so that a training can go on from the end of any. The
    score is the images' as they were when the network learnt from them. A last batch of one image
    is left out: batch norm cannot learn from it. Raises `ModelError` for a loss that is no number.
    """
    import torch

    rng = np.random.default_rng([recipe.seed, epoch])
    torch.manual_seed(int(rng.integers(2**63)))
    learner.module.eval()
    learner.learning.train()
    for layer in learner.still:
        layer.eval()
    order = rng.permutation(len(part.targets))
    batches = [
        chosen
        for at in range(0, len(order), recipe.batch_size)
        if len(chosen := order[at : at + recipe.batch_size]) > 1 or recipe.batch_size == 1
    ]
    sums, seen, right, total = 0.0, 0, 0, 0
    for number, chosen in enumerate(batches):
        done = (epoch - 1) * len(batches) + number
        for group in optimiser.param_groups:
            group["lr"] = rate(recipe, done, recipe.epochs * len(batches))
        inputs, wanted = part.inputs[chosen], part.targets[chosen]
        if recipe.augments:
            inputs, wanted = augmented(inputs, wanted, recipe, rng)
        targets = placed(learner, wanted)
        with lowered(learner.setting):
            outputs = learner.module(tensor(learner, inputs))
        loss = task.loss(outputs, targets, recipe.label_smoothing)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        value = loss.item()
        if not math.isfinite(value):
            message = (
                f"the loss of epoch {epoch}, step {number + 1} is {value}: the training has "
                f"diverged; try a learning rate below {recipe.learning_rate:g}"
            )
            raise ModelError(message)
        step(value)
        sums, seen = sums + value * len(chosen), seen + len(chosen)
        right += task.right(outputs.detach(), targets)
        total += task.total(targets)
    return Score(loss=sums / seen, right=right, total=total)


def scored(learner: Learner, part: Part, task: Task) -> Score:
    """Return what a network scores on images as they are, in evaluation mode and float32."""
    import torch

    learner.module.eval()
    sums, right, total = 0.0, 0, 0
    with torch.inference_mode():
        for at in range(0, len(part.targets), BATCH):
            targets = placed(learner, part.targets[at : at + BATCH])
            outputs = learner.module(tensor(learner, part.inputs[at : at + BATCH]))
            sums += task.loss(outputs, targets, 0.0).item() * len(targets)
            right += task.right(outputs, targets)
            total += task.total(targets)
    return Score(loss=sums / len(part.targets), right=right, total=total)


def placed(learner: Learner, targets: NDArray[np.integer]) -> torch.Tensor:
    """Return targets on the learner's device."""
    import torch

    return torch.from_numpy(targets.astype(np.int64)).to(learner.setting.device)
