from __future__ import annotations

import pickle
from typing import TYPE_CHECKING

import numpy as np
import pytest

from harness import DataError, UsageError, subset
from harness_datasets import cifar100

if TYPE_CHECKING:
    from pathlib import Path

PIXELS = np.random.default_rng(0).integers(0, 256, (3, 3072), dtype=np.uint8)
COARSE, FINE = [1, 19, 0], [72, 99, 0]
RECORDS = np.column_stack([np.array([COARSE, FINE], np.uint8).T, PIXELS])


def test_the_label_is_the_fine_class(folder: Path) -> None:
    (folder / "test.bin").write_bytes(RECORDS.tobytes())
    samples = cifar100.samples("test", folder)
    assert [cifar100.CLASSES[int(sample.target)] for sample in samples] == ["seal", "worm", "apple"]


def test_either_form_is_the_same_subset_and_other_pixels_are_another(tmp_path: Path) -> None:
    def sha256(name: str, content: bytes) -> str:
        folder = tmp_path / name
        folder.mkdir()
        (folder / name).write_bytes(content)
        samples = cifar100.samples("test", folder)
        return subset.describe(cifar100.dataset(), "test", samples, [0, 2], 0).sha256

    batch = {b"data": PIXELS, b"coarse_labels": COARSE, b"fine_labels": FINE}
    binary = sha256("test.bin", RECORDS.tobytes())
    assert sha256("test", pickle.dumps(batch)) == binary
    (tmp_path / "test.bin").rename(tmp_path / "first")
    assert sha256("test.bin", RECORDS.tobytes()[:-1] + b"\x00") != binary


def test_labels_beyond_the_classes_are_refused(folder: Path) -> None:
    wrong = RECORDS.copy()
    wrong[1, 1] = 100
    (folder / "train.bin").write_bytes(wrong.tobytes())
    with pytest.raises(DataError, match=r"train\.bin is damaged: it has labels beyond 99"):
        cifar100.samples("train", folder)


def test_it_has_no_package_and_says_how_to_give_a_path() -> None:
    dataset = cifar100.dataset()
    assert dict(dataset.splits) == {"train": 50_000, "test": 10_000}
    assert len(set(dataset.classes)) == 100
    with pytest.raises(UsageError, match=r'data = "cifar100:PATH" in a suite, or --data PATH'):
        subset.opened(dataset, "test")
