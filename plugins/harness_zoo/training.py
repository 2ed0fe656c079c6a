"""How LeNet-5 is trained: a seeded recipe over arrays of small images."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness import preprocess
from harness_zoo.lenet5 import lenet5

if TYPE_CHECKING:
    from collections.abc import Callable

    import torch
    from numpy.typing import NDArray

    from harness import Encoding
    from harness.recipe import Network


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """Everything that decides the result, apart from the data."""

    epochs: int = 30
    seed: int = 0
    batch_size: int = 128
    learning_rate: float = 3e-3
    weight_decay: float = 5e-3
    held_out: int = 5000
    rotation_degrees: float = 12.0
    shift_pixels: float = 2.0
    scale: float = 0.1
    mirrored: bool = False
    """Whether half of the images are seen in a mirror."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """The best epoch's network and how it was found."""

    model: torch.nn.Module
    images: int
    """How many it was trained on."""
    epoch: int
    curve: tuple[tuple[float, float], ...]
    """Training loss and held-out accuracy in percent, of each epoch."""
    seconds: float


def encoded(images: NDArray[np.uint8], network: Network) -> torch.Tensor:
    """Return uint8 images (N x H x W or N x H x W x 3) as the network takes them, float32."""
    import torch

    pixels = np.stack([preprocess.apply(network.geometry, image) for image in images])
    return torch.from_numpy(preprocess.encoder(network.encoding)(pixels))


def augmented(
    batch: torch.Tensor, recipe: Recipe, encoding: Encoding, generator: torch.Generator
) -> torch.Tensor:
    """Return the batch, each image turned, scaled, shifted and perhaps mirrored by chance."""
    import torch
    from torch.nn import functional

    def uniform(most: float) -> torch.Tensor:
        return (torch.rand(len(batch), generator=generator) * 2 - 1) * most

    angle, scale = uniform(math.radians(recipe.rotation_degrees)), 1 + uniform(recipe.scale)
    shift = 2 * recipe.shift_pixels / batch.shape[-1]
    first = torch.stack([scale * angle.cos(), -scale * angle.sin(), uniform(shift)], dim=1)
    second = torch.stack([scale * angle.sin(), scale * angle.cos(), uniform(shift)], dim=1)
    if recipe.mirrored:
        first *= torch.randint(2, (len(batch), 1), generator=generator) * 2 - 1
    theta = torch.stack([first, second], dim=1)
    grid = functional.affine_grid(theta, list(batch.shape), align_corners=False)
    # Outside the image grid_sample gives 0, which must mean black.
    background = torch.tensor(np.divide(encoding.mean, encoding.std)[:, None, None]).float()
    return functional.grid_sample(batch + background, grid, align_corners=False) - background


def accuracy(model: torch.nn.Module, images: torch.Tensor, labels: torch.Tensor) -> float:
    """Return the percentage of images that the network classifies rightly."""
    import torch

    model.eval()
    with torch.inference_mode():
        right = sum(
            int(
                (
                    model(images[start : start + 1000]).argmax(1) == labels[start : start + 1000]
                ).sum()
            )
            for start in range(0, len(images), 1000)
        )
    return 100 * right / len(images)


def train(
    images: NDArray[np.uint8],
    labels: NDArray[np.int64],
    recipe: Recipe,
    network: Network,
    report: Callable[[str], None] = print,
) -> Trained:
    """Train on all but the held-out images and return the epoch that is best on those."""
    import torch
    from torch.nn import functional

    started = time.monotonic()
    torch.manual_seed(recipe.seed)
    generator = torch.Generator().manual_seed(recipe.seed)
    x, y = encoded(images, network), torch.from_numpy(labels)
    order = torch.randperm(len(x), generator=generator)
    held, kept = order[: recipe.held_out], order[recipe.held_out :]
    model = lenet5(**network.arguments)
    optimiser = torch.optim.AdamW(
        model.parameters(), lr=recipe.learning_rate, weight_decay=recipe.weight_decay
    )
    steps = math.ceil(len(kept) / recipe.batch_size) * recipe.epochs
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, recipe.learning_rate, steps)
    curve: list[tuple[float, float]] = []
    best, best_state = -1.0, model.state_dict()
    for epoch in range(1, recipe.epochs + 1):
        model.train()
        total = 0.0
        for chosen in kept[torch.randperm(len(kept), generator=generator)].split(recipe.batch_size):  # type: ignore[no-untyped-call]
            batch = augmented(x[chosen], recipe, network.encoding, generator)
            loss = functional.cross_entropy(model(batch), y[chosen])
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            schedule.step()
            total += loss.item() * len(chosen)
        curve.append((total / len(kept), accuracy(model, x[held], y[held])))
        report(f"epoch {epoch}: loss {curve[-1][0]:.4f}, held-out {curve[-1][1]:.2f} %")
        if curve[-1][1] > best:
            best = curve[-1][1]
            best_state = {name: value.clone() for name, value in model.state_dict().items()}
    model.load_state_dict(best_state)
    epoch = 1 + [held_out for _, held_out in curve].index(best)
    seconds = time.monotonic() - started
    return Trained(model=model, images=len(kept), epoch=epoch, curve=tuple(curve), seconds=seconds)
