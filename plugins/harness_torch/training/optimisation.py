"""The optimiser, and the learning rate of each step."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

    from harness_torch.training.recipe import TrainingRecipe

MOMENTUM = 0.9


def optimiser(module: torch.nn.Module, recipe: TrainingRecipe) -> torch.optim.Optimizer:
    """Return the optimiser of a module's parameters; those with one axis do not decay."""
    import torch

    learnable = [each for each in module.parameters() if each.requires_grad]
    groups = [
        {
            "params": [each for each in learnable if each.ndim > 1],
            "weight_decay": recipe.weight_decay,
        },
        {"params": [each for each in learnable if each.ndim <= 1], "weight_decay": 0.0},
    ]
    if recipe.optimiser == "sgd":
        return torch.optim.SGD(groups, lr=recipe.learning_rate, momentum=MOMENTUM, nesterov=True)
    return torch.optim.AdamW(groups, lr=recipe.learning_rate)


def rate(recipe: TrainingRecipe, step: int, steps: int) -> float:
    """Return the learning rate of a step, counted from 0, of all."""
    rising = recipe.warmup * steps
    if step + 1 <= rising:
        return recipe.learning_rate * (step + 1) / rising
    falling = (step + 1 - rising) / (steps + 1 - rising)
    return recipe.learning_rate * (1 + math.cos(math.pi * falling)) / 2
