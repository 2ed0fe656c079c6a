"""A training recipe: everything that decides the result, apart from network, weights and data."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

from harness import UsageError, decode, options

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from harness.types import Json

Strategy: TypeAlias = Literal["scratch", "head", "finetune"]
DIGITS = ("mnist",)
"""Data sets whose classes a mirror changes."""
CENTRED = ("mnist", "fashion-mnist")
"""Data sets whose images are centred and fill their frame: small shifts are all they have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingRecipe:
    """How a network is trained: the rate rises linearly, then falls to 0 along a cosine."""

    epochs: int
    learning_rate: float
    """At its peak."""
    batch_size: int = 128
    optimiser: Literal["adamw", "sgd"] = "adamw"
    """`sgd` has Nesterov's momentum of 0.9."""
    warmup: float = 0.2
    """Share of the steps in which the learning rate rises."""
    weight_decay: float = 0.05
    """Of weights; biases and normalisation layers have none."""
    label_smoothing: float = 0.0
    crop: float = 0.125
    """Share of an image's side by which it is padded with black before a random crop."""
    flip: bool = True
    """Whether half of the images are seen in a mirror."""
    validation: float = 0.1
    """Share of the training images that is held out to choose the epoch by."""
    seed: int = 0

    @property
    def augments(self) -> bool:
        """Return whether an image looks different from one epoch to the next."""
        return self.crop > 0 or self.flip


STRATEGIES: dict[Strategy, TrainingRecipe] = {
    "scratch": TrainingRecipe(epochs=30, learning_rate=2e-3),
    # What the trunk says of an image is computed once, so each image is always the same one.
    "head": TrainingRecipe(
        epochs=50, learning_rate=3e-3, batch_size=64, weight_decay=0.01, crop=0, flip=False
    ),
    "finetune": TrainingRecipe(epochs=10, learning_rate=2e-4, batch_size=32),
}


def default(strategy: Strategy, dataset: str) -> TrainingRecipe:
    """Return the recipe of a strategy, with the augmentation that the data allow."""
    recipe = STRATEGIES[strategy]
    return replace(
        recipe,
        crop=min(recipe.crop, 0.0625) if dataset in CENTRED else recipe.crop,
        flip=recipe.flip and dataset not in DIGITS,
    )


def wanted(
    base: TrainingRecipe, file: Path | None, settings: Sequence[str], given: Mapping[str, Json]
) -> TrainingRecipe:
    """Return a recipe changed by a TOML file, `key=value` settings and options, in that order."""
    data = decode.plain(base)
    if file:
        data |= decode.toml_data(file)
        checked(data, str(file))
    data = options.overridden(data, settings)
    data |= {name: value for name, value in given.items() if value is not None}
    return checked(data, "recipe")


def checked(data: Mapping[str, Json], where: str) -> TrainingRecipe:
    """Return plain data as a recipe; `UsageError` for one that cannot be followed."""
    recipe = decode.convert(data, TrainingRecipe, where)
    wrong = [
        (recipe.epochs < 1, "epochs must be 1 or more"),
        (recipe.batch_size < 1, "batch_size must be 1 or more"),
        (not 0 < recipe.learning_rate < float("inf"), "learning_rate must be more than 0"),
        (not 0 <= recipe.warmup <= 1, "warmup is a share of the steps: 0.2"),
        (not 0 <= recipe.weight_decay < float("inf"), "weight_decay must be 0 or more"),
        (not 0 <= recipe.label_smoothing < 1, "label_smoothing must be less than 1: 0.1"),
        (not 0 <= recipe.crop < 1, "crop is a share of an image's side: 0.125"),
        (not 0 < recipe.validation < 1, "validation is a share of the training images: 0.1"),
        (not 0 <= recipe.seed < 2**63, "seed must be 0 or more, and less than 2**63"),
    ]
    for is_wrong, what in wrong:
        if is_wrong:
            message = f"{where}: {what}"
            raise UsageError(message)
    return recipe
