"""Fashion-MNIST: 70,000 pictures of clothes, 28 x 28, in files like MNIST's."""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from harness import Dataset, cache, packages
from harness_datasets import idx

if TYPE_CHECKING:
    from collections.abc import Mapping

PACKAGE = packages.Package(registry="debian", name="dataset-fashion-mnist")
INSTALLED = Path("/usr/share/datasets/fashion-mnist")
"""Where the package puts the files of a machine that has it."""
CHECKSUMS = {
    "train-images-idx3-ubyte": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    "train-labels-idx1-ubyte": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    "t10k-images-idx3-ubyte": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    "t10k-labels-idx1-ubyte": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
}
CLASSES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)


def dataset() -> Dataset:
    """Return the descriptor; files are told by their content, since releases pack it anew."""
    return Dataset(
        name="fashion-mnist",
        summary="70,000 pictures of clothes, 28 x 28, grey",
        label_space="fashion-mnist",
        classes=CLASSES,
        splits={"train": 60_000, "test": 10_000},
        open=partial(idx.samples, checksums=CHECKSUMS),
        fetch=partial(fetch, installed=INSTALLED, checksums=CHECKSUMS),
        identity=cache.digest(CHECKSUMS),
        source=str(PACKAGE),
        size="31 MB",
    )


def fetch(folder: Path, *, installed: Path, checksums: Mapping[str, str]) -> None:
    """Copy the four files from where they are installed, or download them, into a folder."""
    packed = [f"{name}.gz" for name in checksums]
    if installed.is_dir():
        with cache.writable(folder):
            for name in packed:
                shutil.copyfile(installed / name, folder / name)
    else:
        members = [str(INSTALLED.relative_to("/") / name) for name in packed]
        packages.fetch(PACKAGE, members, folder)
    for name, sha256 in checksums.items():
        idx.content(folder / name, sha256)
