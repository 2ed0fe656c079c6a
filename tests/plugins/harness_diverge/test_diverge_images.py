from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from harness import preprocess, subset
from harness.discovery import discover
from harness.errors import UsageError
from harness.suite import DataSpec
from harness.types import Geometry, Sample
from harness_diverge import images

if TYPE_CHECKING:
    from pathlib import Path

    from harness.catalog import Catalogs
    from harness.types import Artefact


@pytest.mark.parametrize(
    ("space", "name"),
    [
        ("imagenet-1k", "imagenet-20"),
        ("imagenet-1001", "imagenet-20"),
        ("cifar100", "cifar100-20"),
        ("mnist", "mnist"),
        ("tiny", "tiny"),
    ],
)
def test_the_smallest_data_set_with_the_labels_is_taken(
    tiny: Catalogs, tiny_artefact: Artefact, space: str, name: str
) -> None:
    manifest = replace(tiny_artefact.manifest, label_space=space)
    assert images.usual(manifest, tiny) == name


def test_a_model_without_fitting_data_is_refused(tiny_artefact: Artefact) -> None:
    manifest = replace(tiny_artefact.manifest, label_space="flowers")
    with pytest.raises(UsageError, match="has the labels 'flowers'; say --data"):
        images.usual(manifest, discover())


def test_images_have_the_targets_of_the_models_labels(
    tiny: Catalogs, tiny_artefact: Artefact
) -> None:
    spec = DataSpec(name="tiny", limit=6)
    shown = images.shown(spec, tiny_artefact.manifest, tiny)
    assert shown.name == "tiny/test, 6 of 24 images"
    assert shown.targets == [sample.target for sample in shown.samples]
    other = replace(tiny_artefact.manifest, label_space="other")
    assert images.shown(spec, other, tiny).targets is None


def test_a_single_image_is_told_as_one(
    tiny: Catalogs, tiny_artefact: Artefact, monkeypatch: pytest.MonkeyPatch
) -> None:
    sample = Sample(id="x", image=np.zeros((1, 1), np.uint8), target=0)
    monkeypatch.setattr(subset, "opened", lambda *_: [sample])
    shown = images.shown(DataSpec(name="tiny"), tiny_artefact.manifest, tiny)
    assert shown.name == "tiny/test, 1 of 1 image"


def test_targets_are_mapped_into_another_label_space(tiny: Catalogs) -> None:
    dataset = replace(tiny.datasets["tiny"], label_maps={"more": (5, 6, 7)})
    samples = [
        Sample(id=str(each), image=np.zeros((1, 1), np.uint8), target=each) for each in (2, 0)
    ]
    assert images._targets(samples, dataset, "more") == [7, 5]


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_pixels_become_a_file_that_holds_the_same(tmp_path: Path, mode: str) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (9, 7), np.uint8)
    sample = Sample(id="x", image=pixels, target=0)
    chosen = Geometry(input_size=(4, 4), mode=mode, crop_pct=1.0)  # type: ignore[arg-type]
    path = images.file(sample, chosen, tmp_path / "0.png")
    held, due = (np.asarray(preprocess.decode(each, mode)) for each in (path, pixels))
    assert np.array_equal(held, due)
    assert images.file(replace(sample, image=path), chosen, tmp_path / "1.png") == path


def test_a_folder_of_nobodys_is_one_line(tiny: Catalogs, tiny_artefact: Artefact) -> None:
    spec = DataSpec(name="tiny", path="~nobody-here/x")
    with pytest.raises(UsageError, match=r"^~nobody-here/x: there is no such home folder"):
        images.shown(spec, tiny_artefact.manifest, tiny)


def test_targets_that_are_maps_are_refused(
    tiny: Catalogs, tiny_artefact: Artefact, monkeypatch: pytest.MonkeyPatch
) -> None:
    sample = Sample(id="x", image=np.zeros((4, 4), np.uint8), target=np.zeros((4, 4), np.uint8))
    monkeypatch.setattr(subset, "opened", lambda *_: [sample])
    with pytest.raises(UsageError, match=r"^tiny has a class for each pixel; diverge compares one"):
        images.shown(DataSpec(name="tiny"), tiny_artefact.manifest, tiny)
