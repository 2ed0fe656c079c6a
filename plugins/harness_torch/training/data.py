"""The images of a training: learnt from, held out to choose by, and tested on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness import DataError, UsageError, decode, subset
from harness.preprocess import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import Any

    import numpy as np
    from numpy.typing import NDArray

    from harness import Dataset, Geometry, Sample, Subset
    from harness.catalog import Catalogs

TRAINING = "train"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Part:
    """Some images with their targets."""

    subset: Subset
    unreadable: int
    """How many images were left out because they cannot be decoded."""
    inputs: NDArray[Any]
    """N x H x W x C uint8 pixels, or what a trunk says of them."""
    targets: NDArray[np.integer]
    """N classes, or N x H x W: those of the pixels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Splits:
    """The parts of a data set, none of which shares an image with another."""

    training: Part
    validation: Part
    test: Part | None
    """None where the data set has nothing but the images that are learnt from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which images, and what for."""

    limit: int | None
    """How many are taken to learn from, those held out among them; None takes all."""
    validation: float
    """The share that is held out."""
    test_limit: int | None
    seed: int


def named(text: str, catalogs: Catalogs) -> tuple[Dataset, Path | None]:
    """Return a data set by its name or by `NAME:PATH`, its classes known."""
    name, colon, path = text.partition(":")
    if colon and not path:
        message = f"data set {text!r} names no path; say {name}:PATH, or {name} alone"
        raise UsageError(message)
    folder = decode.path(path).resolve() if path else None
    dataset = subset.resolved(catalogs.datasets.available(name), folder)
    if len(dataset.classes) < 2:  # noqa: PLR2004 - fewer leave nothing to tell apart
        message = f"{name} has {len(dataset.classes)} class: there is nothing to learn"
        raise DataError(message)
    return dataset, folder


def splits(dataset: Dataset, folder: Path | None, geometry: Geometry, choice: Choice) -> Splits:
    """Return a data set's images as a geometry makes them, decoded once into the cache.

    Each class keeps its share in each part. The test split is never learnt from; a data set with
    one split alone has no test.
    """
    training = TRAINING if TRAINING in dataset.splits else next(iter(dataset.splits))
    samples = subset.opened(dataset, training, folder)
    taken = subset.choose(samples, choice.limit, choice.seed)
    count = round(choice.validation * len(taken))
    if not 0 < count < len(taken) - 1:
        message = (
            f"of {len(taken)} training images validation = {choice.validation} holds {count} out; "
            "take more images or another share"
        )
        raise UsageError(message)
    within = set(subset.choose([samples[at] for at in taken], count, choice.seed))
    held = [at for place, at in enumerate(taken) if place in within]
    kept = [at for place, at in enumerate(taken) if place not in within]
    others = [name for name in dataset.splits if name != training]

    def part(split: str, samples: Sequence[Sample], chosen: Sequence[int]) -> Part:
        return _part(dataset, split, samples, chosen, geometry, choice.seed)

    test = None
    if others:
        split = "test" if "test" in others else others[0]
        tested = subset.opened(dataset, split, folder)
        test = part(split, tested, subset.choose(tested, choice.test_limit, choice.seed))
    learnt = part(training, samples, kept)
    if len(learnt.targets) < 2:  # noqa: PLR2004 - no fewer make a batch for batch norm
        message = (
            f"{dataset.name}/{training}: {learnt.unreadable} of {len(kept)} images cannot be "
            "read; 2 to learn from are needed"
        )
        raise DataError(message)
    return Splits(
        training=learnt,
        validation=part(training, samples, held),
        test=test,
    )


def _part(  # noqa: PLR0913, PLR0917 - what `subset` asks for
    dataset: Dataset,
    split: str,
    samples: Sequence[Sample],
    chosen: Sequence[int],
    geometry: Geometry,
    seed: int,
) -> Part:
    described = subset.describe(dataset, split, samples, chosen, seed)
    folder = subset.decoded(dataset, described, samples, chosen, geometry)
    images = subset.Images.read(folder)
    pixels, targets = images.pixels, images.targets
    if images.unreadable:
        readable = [at for at, name in enumerate(images.ids) if name not in images.unreadable]
        pixels, targets = pixels[readable], targets[readable]
    if not (targets != UNKNOWN).any():
        message = f"{dataset.name}/{split}: of {len(chosen)} images no pixel's class is known"
        raise DataError(message)
    return Part(subset=described, unreadable=len(images.unreadable), inputs=pixels, targets=targets)
