"""MNIST's four files, which others have copied: IDX arrays of bytes, compressed or not."""

from __future__ import annotations

import gzip
import zlib
from typing import TYPE_CHECKING

from harness import DataError, Sample, packages

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

FILES = {"train": "train-{}-idx{}-ubyte", "test": "t10k-{}-idx{}-ubyte"}


def samples(split: str, folder: Path, *, checksums: Mapping[str, str]) -> Sequence[Sample]:
    """Return the samples of a split; images are 28 x 28."""

    def read(kind: str, dimensions: int) -> NDArray[np.uint8]:
        name = FILES[split].format(kind, dimensions)
        return array(content(folder / name, checksums[name]))

    return [
        Sample(id=f"{split}-{index:05}", image=image, target=int(target))
        for index, (image, target) in enumerate(
            zip(read("images", 3), read("labels", 1), strict=True)
        )
    ]


def content(path: Path, sha256: str) -> bytes:
    """Return what a file or its `.gz` holds; the checksum is that of the content."""
    packed = path.with_name(f"{path.name}.gz")
    if path.is_file() or not packed.is_file():
        return packages.checked(path, sha256).read_bytes()
    try:
        unpacked = gzip.decompress(packed.read_bytes())
    except (gzip.BadGzipFile, EOFError, zlib.error) as reason:
        message = f"{packed} is truncated or damaged: {reason}"
        raise DataError(message) from reason
    return packages.verified(unpacked, sha256, packed)


def array(content: bytes) -> NDArray[np.uint8]:
    """Return the array in IDX bytes: 0, 0, type, dimensions, big-endian sizes, data."""
    import numpy as np

    dimensions = content[3]
    shape = np.frombuffer(content, ">u4", dimensions, offset=4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * dimensions).reshape(shape)
