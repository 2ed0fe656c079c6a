"""The images that two chains are shown, with what is right about them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from harness import decode, preprocess, subset
from harness.catalog import missing
from harness.errors import UsageError
from harness_diverge.sentences import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.catalog import Catalogs
    from harness.offers import Dataset
    from harness.suite import DataSpec
    from harness.types import Geometry, Manifest, Sample


ALONE = "diverge compares one class an image"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A subset of a data set, opened."""

    name: str
    """The data set with its split, and how many of how many images."""
    samples: Sequence[Sample]
    targets: Sequence[int] | None
    """As the model counts them; None where its labels are not the data's."""


def usual(manifest: Manifest, catalogs: Catalogs) -> str:
    """Return the smallest data set that can be fetched and has the model's labels."""
    fitting = [
        each
        for each in catalogs.datasets
        if each.fetch is not None
        and not missing(each)
        and manifest.label_space in {each.label_space, *each.label_maps}
    ]
    if not fitting:
        message = f"no data set to be fetched has the labels {manifest.label_space!r}; say --data"
        raise UsageError(message)
    return min(fitting, key=_size).name


def shown(spec: DataSpec, manifest: Manifest, catalogs: Catalogs) -> Shown:
    """Return the images of a data set, with their targets in the model's label space."""
    path = decode.path(spec.path) if spec.path else None
    dataset = subset.resolved(catalogs.datasets.available(spec.name), path)
    split = spec.split or subset.default_split(dataset)
    samples = subset.opened(dataset, split, path)
    chosen = [samples[each] for each in subset.choose(samples, spec.limit, spec.seed)]
    return Shown(
        name=f"{dataset.name}/{split}, {len(chosen):,} of {counted(len(samples), 'image')}",
        samples=chosen,
        targets=_targets(chosen, dataset, manifest.label_space),
    )


def file(sample: Sample, geometry: Geometry, scratch: Path) -> Path:
    """Return an image's file; pixels that are none become the PNG `scratch`, losing nothing."""
    if isinstance(sample.image, Path):
        return sample.image
    preprocess.decode(sample.image, geometry.mode).save(scratch)
    return scratch


def _targets(samples: Sequence[Sample], dataset: Dataset, space: str) -> list[int] | None:
    if any(np.ndim(sample.target) for sample in samples):
        message = f"{dataset.name} has a class for each pixel; {ALONE}"
        raise UsageError(message)
    targets = [int(sample.target) for sample in samples]
    if dataset.label_space == space:
        return targets
    table = dataset.label_maps.get(space)
    return None if table is None else [table[target] for target in targets]


def _size(dataset: Dataset) -> float:
    return dataset.splits[subset.default_split(dataset)] or float("inf")
