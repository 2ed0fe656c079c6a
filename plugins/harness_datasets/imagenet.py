"""ImageNet's validation set, 50,000 photographs, in folders named by wnid."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness import DataError, Dataset
from harness_datasets import folders, wnids

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from harness import Sample

COUNT = 50_000


def dataset() -> Dataset:
    """Return the descriptor."""
    return Dataset(
        name="imagenet",
        summary="ImageNet's validation set: 50,000 photographs of 1,000 classes",
        label_space=wnids.LABEL_SPACE,
        label_maps=wnids.LABEL_MAPS,
        classes=tuple(wnids.table().values()),
        splits={"val": COUNT},
        open=samples,
        source="a folder of yours",
    )


def samples(split: str, folder: Path) -> Sequence[Sample]:
    """Return all samples, from the folder itself or from `val` in it."""
    root = folder / split if (folder / split).is_dir() else folder
    indices = {wnid: index for index, wnid in enumerate(wnids.table())}
    if strange := [name for name in folders.names(root) if name not in indices]:
        message = f"{root / strange[0]} is none of ImageNet's 1,000 wnids; move it away"
        raise DataError(message)
    found = folders.samples(root, indices)
    if len(found) != COUNT:
        message = (
            f"{root} holds {len(found):,} images, and ImageNet's validation set {COUNT:,}; "
            f"measure on a part of it as imagefolder:{root}"
        )
        raise DataError(message)
    return found
