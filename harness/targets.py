"""What samples show: a class each, or the class of each of their pixels."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from harness import preprocess
from harness.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from harness.types import Geometry, Sample

MAP_RANK = 2


def check(samples: Sequence[Sample]) -> None:
    """Raise `DataError` for a target that is neither a class nor an array."""
    for sample in samples:
        if not isinstance(sample.target, (int, np.integer, np.ndarray)):
            kind = type(sample.target).__name__
            message = f"{sample.id}: its target is a {kind}; give an int, or an array of H x W"
            raise DataError(message)


def strata(samples: Sequence[Sample]) -> list[int]:
    """Return what the samples are told apart by: their class; maps are all alike."""
    return [0 if isinstance(each.target, np.ndarray) else each.target for each in samples]


def identities(samples: Sequence[Sample]) -> list[int | str]:
    """Return each sample's class, or a hash of its map."""
    return [
        digest(each.target) if isinstance(each.target, np.ndarray) else int(each.target)
        for each in samples
    ]


def digest(array: NDArray[Any]) -> str:
    """Return a hash of an array; the type uint8, as images have it, goes without saying."""
    kind = "" if array.dtype == np.uint8 else array.dtype.str
    return hashlib.sha256(f"{array.shape}{kind}".encode() + array.tobytes()).hexdigest()


def placed(samples: Sequence[Sample], geometry: Geometry, *, classes: int) -> NDArray[np.integer]:
    """Return the samples' classes, or those of their pixels where the geometry puts those.

    N, or N x H x W with -1 where none is known. `classes` is how many there are, 0 where that is
    not known. Raises `DataError` for maps that are none or do not fit their image.
    """
    maps = [isinstance(sample.target, np.ndarray) for sample in samples]
    if any(maps) != all(maps):
        message = "some targets are one class an image, others a class a pixel"
        raise DataError(message)
    if not any(maps):
        return np.array([sample.target for sample in samples], np.int64)
    for sample in samples:
        if reason := _wrong(sample, classes):
            message = f"{sample.id}: {reason}"
            raise DataError(message)
    return np.stack([preprocess.apply_to_map(geometry, np.asarray(s.target)) for s in samples])


def _wrong(sample: Sample, classes: int) -> str:
    """Return why a sample's map is none, or ""."""
    target = np.asarray(sample.target)
    if target.ndim != MAP_RANK or target.dtype.kind not in "iu" or not target.size:
        return f"the classes of its pixels are {target.dtype} {target.shape}, not integers H x W"
    if target.min() < preprocess.UNKNOWN or (classes and target.max() >= classes):
        known = f"0 to {classes - 1}" if classes else "0 and more"
        return (
            f"the classes of its pixels go from {target.min()} to {target.max()}; known are "
            f"{known}, and {preprocess.UNKNOWN} for none"
        )
    size = _size(sample.image)
    if size is not None and size != target.shape:
        return f"the image is of {size} pixels, the classes of its pixels of {target.shape}"
    return ""


def _size(image: Path | NDArray[np.uint8]) -> tuple[int, ...] | None:
    """Return an image's height and width; None where its file tells none, and is unreadable."""
    from PIL import Image, UnidentifiedImageError

    if not isinstance(image, Path):
        return image.shape[:2]
    try:
        with Image.open(image) as file:
            return file.height, file.width
    except (OSError, UnidentifiedImageError, ValueError):
        return None
