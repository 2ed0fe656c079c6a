"""Train LeNet-5 on MNIST or CIFAR-10, write its weights and their model card.

`python -m harness_zoo.train_lenet5 NAME` takes the zoo's name, `lenet5` or `lenet5-cifar10`, and
writes `NAME.safetensors` and `NAME.md`. The epoch is chosen on 5,000 held-out training images; the
test images are looked at once, at the end.
"""

from __future__ import annotations

import argparse
import functools
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from harness import cache, environment
from harness.discovery import discover
from harness.subset import opened
from harness_zoo.source import WEIGHTS, ZOO
from harness_zoo.training import Recipe, Trained, accuracy, encoded, train

if TYPE_CHECKING:
    from numpy.typing import NDArray

THREADS = 1
"""Fixed, because sums in another order give other weights."""
RECIPES = {
    "lenet5": Recipe(),
    # Photographs: scenes have an up and a down, but no left and right.
    "lenet5-cifar10": Recipe(rotation_degrees=6.0, mirrored=True),
}


def data(dataset: str, split: str) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return a data set's images and labels."""
    samples = opened(discover().datasets.available(dataset), split)
    images = np.stack([np.asarray(sample.image, np.uint8) for sample in samples])
    return images, np.array([sample.target for sample in samples], np.int64)


def card(name: str, trained: Trained, recipe: Recipe, test: float, sha256: str) -> str:
    """Return the model card, in Markdown."""
    network = ZOO[name]
    dataset = discover().datasets[network.label_space]
    made_with = environment.versions(["torch", "numpy", "safetensors"])
    settings = ", ".join(f"{key} {value}" for key, value in asdict(recipe).items())
    packages = ", ".join(f"{key} {version}" for key, version in made_with.items())
    count = sum(each.numel() for each in trained.model.parameters())
    normalisation = f"mean {network.encoding.mean}, std {network.encoding.std}"
    command = (
        f"python -m harness_zoo.train_lenet5 {name} --epochs {recipe.epochs} --seed {recipe.seed}"
    )
    lines = [
        f"# LeNet-5 on {dataset.name}",
        "",
        f"Accuracy on the 10,000 test images: **{test:.2f} %**, looked at once, at the end.",
        "",
        f"- Network: `harness_zoo.lenet5`, {count:,} parameters",
        f"- Weights: `{name}.safetensors`, sha256 `{sha256}`",
        f"- Data: {dataset.name}, {dataset.source}, sha256 `{dataset.identity}`",
        f"- Input: 32 x 32, (x / 255 - mean) / std, {normalisation}",
        f"- Trained on {trained.images:,} images; {recipe.held_out:,} held out to choose the epoch",
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
    parser.add_argument("name", choices=RECIPES, nargs="?", default="lenet5")
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    parser.add_argument("--epochs", type=int, default=Recipe().epochs)
    parser.add_argument("--seed", type=int, default=Recipe().seed)
    given = parser.parse_args()
    torch.set_num_threads(THREADS)
    say = functools.partial(print, flush=True)
    network = ZOO[given.name]
    recipe = replace(RECIPES[given.name], epochs=given.epochs, seed=given.seed)
    trained = train(*data(network.label_space, "train"), recipe, network, say)
    images, labels = data(network.label_space, "test")
    test = accuracy(trained.model, encoded(images, network), torch.from_numpy(labels))
    path = given.out / f"{given.name}.safetensors"
    given.out.mkdir(parents=True, exist_ok=True)
    safetensors.torch.save_model(trained.model, str(path))
    text = card(given.name, trained, recipe, test, cache.file_digest(path))
    path.with_suffix(".md").write_text(text, encoding="utf-8")
    say(f"{path}: {test:.2f} % of the test images")


if __name__ == "__main__":
    main()
