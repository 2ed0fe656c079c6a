from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness import DataError
from harness_datasets import foolbox

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Dataset, packages

    Publish = Callable[[dict[str, bytes]], packages.Package]

FILES = {"imagenet_00_243.jpg": b"dog", "imagenet_01_7.png": b"cock"}
CHECKSUMS = {name: hashlib.sha256(content).hexdigest() for name, content in FILES.items()}


def test_the_label_stands_in_the_name(published: Publish, folder: Path) -> None:
    package = published({f"foolbox/data/{name}": content for name, content in FILES.items()})
    foolbox.fetch(folder, package=package, checksums=CHECKSUMS)
    samples = foolbox.samples("test", folder, checksums=CHECKSUMS)
    assert [(sample.id, sample.target) for sample in samples] == [
        ("imagenet_00_243", 243),
        ("imagenet_01_7", 7),
    ]
    assert [Path(str(sample.image)).read_bytes() for sample in samples] == [b"dog", b"cock"]


def test_another_image_is_refused(published: Publish, folder: Path) -> None:
    package = published({f"foolbox/data/{name}": b"cat" for name in FILES})
    with pytest.raises(DataError, match=r"imagenet_00_243\.jpg has sha256"):
        foolbox.fetch(folder, package=package, checksums=CHECKSUMS)


@pytest.mark.parametrize(
    ("dataset", "name", "classes", "first"),
    [
        (foolbox.imagenet(), "imagenet", 1000, "bull mastiff"),
        (foolbox.cifar(), "cifar100", 100, "mountain"),
    ],
)
def test_twenty_images_are_declared_with_labels_among_the_classes(
    dataset: Dataset, name: str, classes: int, first: str
) -> None:
    known = foolbox.checksums(name)
    labels = [int(Path(file).stem.rpartition("_")[2]) for file in known]
    assert dict(dataset.splits) == {"test": 20}
    assert len(known) == len(set(known.values())) == 20
    assert len(dataset.classes) == classes
    assert max(labels) < classes
    assert dataset.classes[labels[0]] == first
    assert dataset.name == f"{name}-20"


def test_models_with_a_background_class_can_be_measured() -> None:
    [(space, places)] = foolbox.imagenet().label_maps.items()
    assert space == "imagenet-1001"
    assert (places[0], places[999], len(places)) == (1, 1000, 1000)
