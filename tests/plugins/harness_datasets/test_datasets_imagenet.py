from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PIL import Image

from harness import DataError, subset
from harness_datasets import imagenet

if TYPE_CHECKING:
    from pathlib import Path


def put(folder: Path, *files: str) -> None:
    for file in files:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (4, 4)).save(folder / file)


@pytest.mark.parametrize("inner", ["", "val"])
def test_the_validation_set_lies_in_the_folder_or_in_val(
    folder: Path, monkeypatch: pytest.MonkeyPatch, inner: str
) -> None:
    monkeypatch.setattr(imagenet, "COUNT", 2)
    put(folder / inner, "n01443537/a.png", "n15075141/a.png")
    samples = imagenet.samples("val", folder)
    assert [(each.id, each.target) for each in samples] == [
        ("n01443537/a.png", 1),
        ("n15075141/a.png", 999),
    ]


def test_a_part_of_it_is_refused_with_the_way_to_measure_on_it(folder: Path) -> None:
    put(folder, "val/n01443537/a.png")
    message = r"val holds 1 images, and .* 50,000; measure on a part of it as imagefolder:.*/val$"
    with pytest.raises(DataError, match=message):
        subset.opened(imagenet.dataset(), "val", folder)


def test_a_folder_that_is_no_class_is_named(folder: Path) -> None:
    put(folder, "n01443537/a.png", "rose/a.png")
    with pytest.raises(DataError, match=r"data/rose is none of ImageNet's 1,000 wnids"):
        imagenet.samples("val", folder)


def test_the_descriptor_declares_the_validation_set() -> None:
    dataset = imagenet.dataset()
    assert dict(dataset.splits) == {"val": 50_000}
    assert subset.default_split(dataset) == "val"
    assert len(dataset.classes) == 1000
    assert set(dataset.label_maps) == {"imagenet-1001"}
