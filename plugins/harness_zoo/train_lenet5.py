"""Train LeNet-5 on MNIST, write its weights and their model card.

`python -m harness_zoo.train_lenet5` writes `lenet5.safetensors` and `lenet5.md`. The epoch is
chosen on 5,000 held-out training images; the test images are looked at once, at the end.
"""

from __future__ import annotations

import argparse
import functools
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from harness import cache, environment
from harness.discovery import discover
from harness.subset import opened
from harness_zoo.training import MEAN, STD, Recipe, Trained, accuracy, encoded, train

if TYPE_CHECKING:
    from numpy.typing import NDArray

WEIGHTS = "lenet5.safetensors"
THREADS = 1
"""Fixed, because sums in another order give other weights."""


def digits(split: str) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return MNIST's images, N x 28 x 28, and labels."""
    samples = opened(discover().datasets.available("mnist"), split)
    images = np.stack([np.asarray(sample.image, np.uint8) for sample in samples])
    return images, np.array([sample.target for sample in samples], np.int64)


def card(trained: Trained, recipe: Recipe, test: float, sha256: str) -> str:
    """Return the model card, in Markdown."""
    dataset = discover().datasets["mnist"]
    made_with = environment.versions(["torch", "numpy", "safetensors"])
    settings = ", ".join(f"{name} {value}" for name, value in asdict(recipe).items())
    packages = ", ".join(f"{name} {value}" for name, value in made_with.items())
    kept = dataset.splits["train"] - recipe.held_out
    command = f"python -m harness_zoo.train_lenet5 --epochs {recipe.epochs} --seed {recipe.seed}"
    lines = [
        "# LeNet-5 on MNIST",
        "",
        f"Accuracy on the 10,000 test images: **{test:.2f} %**, looked at once, at the end.",
        "",
        "- Network: `harness_zoo.lenet5`, 61,706 parameters",
        f"- Weights: `{WEIGHTS}`, sha256 `{sha256}`",
        f"- Data: MNIST, {dataset.source}, sha256 `{dataset.identity}`",
        f"- Input: 28 x 28, 2 zeros on each side, (x / 255 - {MEAN}) / {STD}",
        f"- Trained on {kept:,} images; held out to choose the epoch: {recipe.held_out:,}",
        f"- Epoch: {trained.epoch} of {recipe.epochs}",
        "- AdamW, one-cycle learning rate, cross-entropy; images turned, scaled, shifted by chance",
        f"- Recipe: {settings}",
        f"- Versions: {packages}",
        f"- Took {trained.seconds / 60:.0f} min on one thread",
        f"- Command: `{command}`",
        "",
        "| epoch | training loss | held-out accuracy, % |",
        "|---:|---:|---:|",
    ]
    lines += [
        f"| {epoch} | {loss:.4f} | {held_out:.2f} |"
        for epoch, (loss, held_out) in enumerate(trained.curve, start=1)
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Train, test once, and write weights and card into a folder."""
    import safetensors.torch
    import torch

    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("weights"))
    parser.add_argument("--epochs", type=int, default=Recipe().epochs)
    parser.add_argument("--seed", type=int, default=Recipe().seed)
    given = parser.parse_args()
    torch.set_num_threads(THREADS)
    say = functools.partial(print, flush=True)
    recipe = Recipe(epochs=given.epochs, seed=given.seed)
    trained = train(*digits("train"), recipe, say)
    images, labels = digits("test")
    test = accuracy(trained.model, encoded(images), torch.from_numpy(labels))
    path = given.out / WEIGHTS
    given.out.mkdir(parents=True, exist_ok=True)
    safetensors.torch.save_model(trained.model, str(path))
    text = card(trained, recipe, test, cache.file_digest(path))
    path.with_suffix(".md").write_text(text, encoding="utf-8")
    say(f"{path}: {test:.2f} % of the test images")


if __name__ == "__main__":
    main()
