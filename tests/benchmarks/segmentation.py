"""What does U-Net know that a threshold does not? Mean IoU on garments and digits.

Run it with `make benchmark NAME=segmentation`; the last line is JSON. `unet`: mean IoU in percent,
by backend. `thresholds`: that of two thresholds on one property of a pixel (a colour channel,
brightness, saturation) which part it into three ranges, a class for each: property, thresholds and
classes are those that are best on the training images.
"""

from __future__ import annotations

import json
import sys
import tempfile
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PIL import Image

from harness import subset
from harness.discovery import discover
from harness.suite import DataSpec, ModelSpec
from harness_metrics.overlap import mean_iou
from tests.benchmarks.session import timed

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

DATA = "garments-and-digits"
BACKENDS = ["pytorch", "onnxruntime", "numpy"]
STEP = 4
"""Levels between two thresholds that are tried."""


class Rule(NamedTuple):
    """Classes of the levels below one threshold, from there to another, and from there on."""

    property: int
    low: int
    high: int
    classes: tuple[int, ...]
    mean_iou: float


def main() -> None:
    """Measure and print."""
    training, test = (histograms(split) for split in ("train", "test"))
    best = max(rules(training), key=lambda each: each.mean_iou)
    (same,) = [each for each in rules(test) if each[:4] == best[:4]]
    with tempfile.TemporaryDirectory() as folder:
        records = timed(
            Path(folder),
            models=[ModelSpec(name="zoo:unet")],
            data=DataSpec(name=DATA),
            backends=BACKENDS,
            kinds=["accuracy"],
            accuracy={"metrics": ["mean_iou"]},
        )
    found = {
        "unet": {each.job.contender.name: each.measurements[0].value for each in records},
        "thresholds": same.mean_iou,
        "thresholds_on_training": best.mean_iou,
    }
    sys.stdout.write(json.dumps(found) + "\n")


def histograms(split: str) -> NDArray[np.int64]:
    """Return how many pixels have each level, by property and class: 5 x 3 x 256."""
    dataset = discover().datasets[DATA]
    counts = np.zeros((5, len(dataset.classes), 256), np.int64)
    for sample in subset.opened(dataset, split):
        levels, target = properties(np.asarray(sample.image)), np.asarray(sample.target)
        for place, kind in product(range(len(counts)), range(len(dataset.classes))):
            counts[place, kind] += np.bincount(levels[place][target == kind], minlength=256)
    return counts


def properties(image: NDArray[np.uint8]) -> NDArray[Any]:
    """Return red, green, blue, brightness and saturation: 5 x H x W."""
    picture = Image.fromarray(image)
    others = picture.convert("L"), picture.convert("HSV").getchannel("S")
    return np.stack([*np.moveaxis(image, -1, 0), *(np.asarray(each) for each in others)])


def rules(counts: NDArray[np.int64]) -> list[Rule]:
    """Return all rules with their mean IoU on what was counted."""
    found = []
    levels = range(0, 257, STEP)
    below = np.concatenate([np.zeros_like(counts[..., :1]), counts.cumsum(-1)], axis=-1)
    pairs = [(low, high) for low in levels for high in levels if low <= high]
    for place, (low, high) in product(range(len(counts)), pairs):
        ranges = np.diff(below[place][:, [0, low, high, 256]], axis=1)  # class x range
        for classes in product(range(len(ranges)), repeat=3):
            given = np.eye(len(ranges), dtype=np.int64)[list(classes)]  # range x class
            confusion = ranges @ given
            sums = confusion.diagonal(), confusion.sum(1), confusion.sum(0)
            found.append(Rule(place, low, high, classes, 100 * float(mean_iou(*sums))))
    return found


if __name__ == "__main__":
    main()
