from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from harness import Sample
from harness_datasets import cifar10, fashion_mnist, garments_and_digits, mnist

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness import Dataset

PARTS = {cifar10: (32, 32, 3), fashion_mnist: (28, 28), mnist: (28, 28)}


def opened(shape: tuple[int, ...], split: str, folder: Path) -> Sequence[Sample]:
    """Return five images, brighter in the test split, of the shape."""
    del folder
    level = {"train": 150, "test": 200}[split]
    return [
        Sample(id=str(number), image=np.full(shape, level + number, np.uint8), target=0)
        for number in range(5)
    ]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> Dataset:
    """Return the data set, made of five images of each split."""
    monkeypatch.setattr(garments_and_digits, "COUNTS", {"train": 4, "test": 3})
    for module, shape in PARTS.items():
        part = replace(module.dataset(), open=partial(opened, shape), fetch=Path.touch)
        monkeypatch.setattr(module, "dataset", lambda part=part: part)
    return garments_and_digits.dataset()


def test_splits_are_made_of_the_same_splits(small: Dataset, tmp_path: Path) -> None:
    assert small.fetch is not None
    small.fetch(tmp_path)
    for split, level in (("train", 150), ("test", 200)):
        samples = small.open(split, tmp_path)
        assert len(samples) == small.splits[split]
        assert len({each.id for each in samples}) == len(samples)
        for number, each in enumerate(samples):
            image, target = np.asarray(each.image), np.asarray(each.target)
            assert (image.shape, target.shape) == ((64, 64, 3), (64, 64))
            assert set(np.unique(target)) == {0, 1, 2}
            assert (image[target == 0] == level + number).all()


def test_identity_is_that_of_what_it_is_made_of(
    small: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = replace(mnist.dataset(), identity="other")
    monkeypatch.setattr(mnist, "dataset", lambda: other)
    assert garments_and_digits.dataset().identity != small.identity
