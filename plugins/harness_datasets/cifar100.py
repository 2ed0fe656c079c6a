"""CIFAR-100: 60,000 photographs of 100 classes, 32 x 32; no package holds them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness import DataError, Dataset
from harness_datasets import cifar

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from harness import Sample

LABEL_SPACE = "cifar100"
CLASSES = (
    "apple", "aquarium_fish", "baby", "bear", "beaver", "bed", "bee", "beetle", "bicycle", "bottle",
    "bowl", "boy", "bridge", "bus", "butterfly", "camel", "can", "castle", "caterpillar", "cattle",
    "chair", "chimpanzee", "clock", "cloud", "cockroach", "couch", "crab", "crocodile", "cup",
    "dinosaur", "dolphin", "elephant", "flatfish", "forest", "fox", "girl", "hamster", "house",
    "kangaroo", "keyboard", "lamp", "lawn_mower", "leopard", "lion", "lizard", "lobster", "man",
    "maple_tree", "motorcycle", "mountain", "mouse", "mushroom", "oak_tree", "orange", "orchid",
    "otter", "palm_tree", "pear", "pickup_truck", "pine_tree", "plain", "plate", "poppy",
    "porcupine", "possum", "rabbit", "raccoon", "ray", "road", "rocket", "rose", "sea", "seal",
    "shark", "shrew", "skunk", "skyscraper", "snail", "snake", "spider", "squirrel", "streetcar",
    "sunflower", "sweet_pepper", "table", "tank", "telephone", "television", "tiger", "tractor",
    "train", "trout", "tulip", "turtle", "wardrobe", "whale", "willow_tree", "wolf", "woman",
    "worm",
)  # fmt: skip
LABELS = "coarse_labels", "fine_labels"


def dataset() -> Dataset:
    """Return the descriptor; the bytes of the chosen images identify a user's files."""
    return Dataset(
        name="cifar100",
        summary="60,000 photographs of 100 classes, 32 x 32, colour",
        label_space=LABEL_SPACE,
        classes=CLASSES,
        splits={"train": 50_000, "test": 10_000},
        open=samples,
        source="a folder of yours",
    )


def samples(split: str, folder: Path) -> Sequence[Sample]:
    """Return the samples of a split, labelled by fine class."""
    path, records = cifar.batch(folder, split, LABELS)
    fine = LABELS.index("fine_labels")
    if records[:, fine].max(initial=0) >= len(CLASSES):
        message = f"{path} is damaged: it has labels beyond {len(CLASSES) - 1}"
        raise DataError(message)
    return cifar.samples(split, records, fine)
