from __future__ import annotations

import hashlib
import struct
from typing import TYPE_CHECKING

import numpy as np
import pytest

from harness import DataError
from harness_datasets import mnist, npm

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    Publish = Callable[[dict[str, bytes]], npm.Package]

RNG = np.random.default_rng(0)
IMAGES = {
    "train": RNG.integers(0, 256, (5, 28, 28), dtype=np.uint8),
    "t10k": RNG.integers(0, 256, (3, 28, 28), dtype=np.uint8),
}
LABELS = {
    "train": np.array([5, 0, 4, 1, 9], np.uint8),
    "t10k": np.array([7, 2, 1], np.uint8),
}


def idx(array: NDArray[np.uint8]) -> bytes:
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


FILES = {
    **{f"{name}-images-idx3-ubyte": idx(array) for name, array in IMAGES.items()},
    **{f"{name}-labels-idx1-ubyte": idx(array) for name, array in LABELS.items()},
}
CHECKSUMS = {name: hashlib.sha256(content).hexdigest() for name, content in FILES.items()}


def test_what_is_fetched_is_what_was_published(published: Publish, folder: Path) -> None:
    package = published({f"data/{name}": content for name, content in FILES.items()})
    mnist.fetch(folder, package=package, checksums=CHECKSUMS)
    assert {path.name for path in folder.iterdir()} == set(FILES)
    for split, name in (("train", "train"), ("test", "t10k")):
        samples = mnist.samples(split, folder, checksums=CHECKSUMS)
        assert [sample.target for sample in samples] == LABELS[name].tolist()
        assert all(type(sample.target) is int for sample in samples)
        assert np.array_equal(np.stack([np.asarray(each.image) for each in samples]), IMAGES[name])
    assert samples[2].id == "test-00002"


def test_a_folder_of_the_users_is_verified(folder: Path) -> None:
    for name, content in FILES.items():
        (folder / name).write_bytes(content)
    assert len(mnist.samples("train", folder, checksums=CHECKSUMS)) == 5
    path = folder / "train-images-idx3-ubyte"
    path.write_bytes(path.read_bytes()[:-1] + b"\x00")
    with pytest.raises(DataError, match=r"train-images-idx3-ubyte has sha256"):
        mnist.samples("train", folder, checksums=CHECKSUMS)
    path.unlink()
    with pytest.raises(DataError, match=r"train-images-idx3-ubyte does not exist"):
        mnist.samples("train", folder, checksums=CHECKSUMS)


def test_the_descriptor_declares_what_is_published() -> None:
    dataset = mnist.dataset()
    assert dict(dataset.splits) == {"train": 60_000, "test": 10_000}
    assert dataset.classes == ("0", "1", "2", "3", "4", "5", "6", "7", "8", "9")
    assert dataset.label_space == dataset.name == "mnist"
