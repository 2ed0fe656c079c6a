from __future__ import annotations

import pickle
from typing import TYPE_CHECKING

import numpy as np
import pytest

from harness import DataError
from harness_datasets import cifar

if TYPE_CHECKING:
    from pathlib import Path

LABELS = ("coarse_labels", "fine_labels")
PIXELS = np.random.default_rng(0).integers(0, 256, (3, 3072), dtype=np.uint8)
COARSE, FINE = [1, 19, 0], [72, 99, 0]
RECORDS = np.column_stack([np.array([COARSE, FINE], np.uint8).T, PIXELS])
BATCH = {b"data": PIXELS, b"coarse_labels": COARSE, b"fine_labels": FINE, b"filenames": [b"x"] * 3}


@pytest.mark.parametrize("inner", ["", "cifar-100-python", "cifar-10-batches-py"])
@pytest.mark.parametrize("protocol", [3, 5])
def test_the_python_form_gives_the_records_of_the_binary_one(
    folder: Path, inner: str, protocol: int
) -> None:
    path = folder / inner / "train"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(pickle.dumps(BATCH, protocol))
    found, records = cifar.batch(folder, "train", LABELS)
    assert found == path
    assert records.dtype == np.uint8
    assert np.array_equal(records, RECORDS)


@pytest.mark.parametrize("inner", ["", "cifar-100-binary", "cifar-10-batches-bin"])
def test_the_binary_form_is_read_as_it_is(folder: Path, inner: str) -> None:
    path = folder / inner / "train.bin"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(RECORDS.tobytes())
    (folder / "train").mkdir()  # a folder of that name is no batch
    found, records = cifar.batch(folder, "train", LABELS)
    assert found == path
    assert np.array_equal(records, RECORDS)


def test_samples_are_pictures_with_the_label_that_is_asked_for() -> None:
    samples = cifar.samples("test", RECORDS, 1)
    assert [(sample.id, sample.target) for sample in samples] == [
        ("test-00000", 72),
        ("test-00001", 99),
        ("test-00002", 0),
    ]
    picture = np.asarray(samples[2].image)
    assert picture.shape == (32, 32, 3)
    red, green, blue = PIXELS[2].reshape(3, 32, 32)
    assert np.array_equal(picture[..., 0], red)
    assert np.array_equal(picture[..., 1], green)
    assert np.array_equal(picture[..., 2], blue)


def test_what_is_missing_is_named(folder: Path) -> None:
    with pytest.raises(DataError, match=r"data holds neither train\.bin nor train; give the"):
        cifar.batch(folder, "train", LABELS)


def test_a_truncated_binary_file_is_named(folder: Path) -> None:
    (folder / "train.bin").write_bytes(RECORDS.tobytes()[:-1])
    with pytest.raises(DataError, match=r"train\.bin is damaged: 9221 bytes .* records of 3074"):
        cifar.batch(folder, "train", LABELS)


@pytest.mark.parametrize(
    "wrong",
    [
        {b"data": PIXELS},
        BATCH | {b"data": PIXELS.tolist()},
        BATCH | {b"data": PIXELS.astype(np.int64)},
        BATCH | {b"data": PIXELS[:, :-1]},
        BATCH | {b"fine_labels": [1, 2, 300]},
        BATCH | {b"fine_labels": [1, 2]},
        BATCH | {b"fine_labels": 7},
        BATCH | {b"fine_labels": [1, 2, "x"]},
    ],
)
def test_a_batch_of_another_make_is_refused_in_one_line(
    folder: Path, wrong: dict[bytes, object]
) -> None:
    (folder / "train").write_bytes(pickle.dumps(wrong))
    with pytest.raises(DataError, match="train is no batch of CIFAR's Python version") as error:
        cifar.batch(folder, "train", LABELS)
    assert "\n" not in str(error.value)
