"""CIFAR's batches in the two forms that its authors publish: Python's and binary.

A record of the binary form is the labels' bytes and the 3 x 32 x 32 pixels; the Python form is a
pickled dict, read into the same records.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness import DataError, Sample
from harness_datasets import pickles

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

SIDE = 32
PIXELS = 3 * SIDE * SIDE
FOLDERS = (
    "cifar-10-batches-bin",
    "cifar-10-batches-py",
    "cifar-100-binary",
    "cifar-100-python",
)
"""What the published archives unpack to."""


def samples(split: str, records: NDArray[np.uint8], label: int) -> Sequence[Sample]:
    """Return the samples in records, 32 x 32 x 3; `label` is the place of the label's byte."""
    images = records[:, -PIXELS:].reshape(-1, 3, SIDE, SIDE).transpose(0, 2, 3, 1)
    return [
        Sample(id=f"{split}-{index:05}", image=image, target=int(target))
        for index, (image, target) in enumerate(zip(images, records[:, label], strict=True))
    ]


def batch(folder: Path, name: str, labels: Sequence[str]) -> tuple[Path, NDArray[np.uint8]]:
    """Return the file of a batch in a folder, or in the published one within, and its records.

    `labels` are the keys of the Python form, in the order of the binary form's bytes.
    """
    for place in (folder, *(folder / inner for inner in FOLDERS)):
        for path, read in ((place / f"{name}.bin", _binary), (place / name, _python)):
            if path.is_file():
                return path, read(path, labels)
    message = (
        f"{folder} holds neither {name}.bin nor {name}; "
        "give the folder of the unpacked binary or Python version"
    )
    raise DataError(message)


def _binary(path: Path, labels: Sequence[str]) -> NDArray[np.uint8]:
    import numpy as np

    content = np.fromfile(path, np.uint8)
    length = len(labels) + PIXELS
    if len(content) % length:
        message = f"{path} is damaged: {len(content)} bytes are no records of {length}"
        raise DataError(message)
    return content.reshape(-1, length)


def _python(path: Path, labels: Sequence[str]) -> NDArray[np.uint8]:
    import numpy as np

    table = pickles.read(path)
    try:
        pixels = pickles.array(table["data"])
        columns = [np.frombuffer(bytes([*table[key]]), np.uint8) for key in labels]
        records = np.column_stack([*columns, pixels.reshape(-1, PIXELS)])
    except (KeyError, TypeError, ValueError) as reason:
        message = f"{path} is no batch of CIFAR's Python version: {reason}"
        raise DataError(message) from reason
    return records
