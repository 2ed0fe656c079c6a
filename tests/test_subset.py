from __future__ import annotations

import dataclasses
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from harness import preprocess, subset
from harness.errors import DataError, StorageError, UnknownNameError, UsageError
from harness.offers import Dataset
from harness.types import Geometry, Sample

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

GEOMETRY = Geometry(input_size=(8, 6), crop_pct=1.0)


@pytest.fixture(autouse=True)
def cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("HARNESS_CACHE", str(folder))
    return folder


def labelled(targets: Sequence[int]) -> list[Sample]:
    rng = np.random.default_rng(1)
    return [
        Sample(
            id=f"test-{index:05}",
            image=rng.integers(0, 256, (9, 11, 3), dtype=np.uint8),
            target=target,
        )
        for index, target in enumerate(targets)
    ]


def dataset(samples: Sequence[Sample], *, declared: int | None = None) -> Dataset:
    def fetch(folder: Path) -> None:
        with (folder / "fetched").open("x"):
            pass

    return Dataset(
        name="tiny",
        summary="",
        label_space="tiny",
        classes=("a", "b"),
        splits={"test": len(samples) if declared is None else declared},
        open=lambda _split, _folder: samples,
        fetch=fetch,
        identity="0123456789abcdef",
    )


def mapped_to(space: str, places: tuple[int, ...], samples: Sequence[Sample]) -> Dataset:
    return dataclasses.replace(dataset(samples), label_maps={space: places})


def test_no_limit_takes_all_in_order() -> None:
    samples = labelled([1, 0, 1, 2])
    assert subset.choose(samples, None, 0) == [0, 1, 2, 3]
    assert subset.choose(samples, 4, 0) == [0, 1, 2, 3]
    assert subset.choose(samples, 100, 0) == [0, 1, 2, 3]


@pytest.mark.parametrize("limit", [1, 7, 10, 25, 99])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_equal_classes_get_counts_within_one_of_each_other(limit: int, seed: int) -> None:
    targets = [index % 10 for index in range(100)]
    chosen = subset.choose(labelled(targets), limit, seed)
    assert len(set(chosen)) == limit
    assert chosen == sorted(chosen)
    counts = Counter(targets[index] for index in chosen)
    per_class = [counts[label] for label in range(10)]
    assert max(per_class) - min(per_class) <= 1


@pytest.mark.parametrize("limit", [1, 13, 50, 333, 999])
def test_unequal_classes_keep_their_share_to_within_one(limit: int) -> None:
    targets = [0] * 700 + [5] * 250 + [9] * 49 + [3]
    chosen = subset.choose(labelled(targets), limit, 0)
    assert len(chosen) == limit
    counts = Counter(targets[index] for index in chosen)
    for label, size in Counter(targets).items():
        assert abs(counts[label] - limit * size / 1000) < 1


def test_the_seed_decides_which_samples_and_which_class_gets_the_odd_one() -> None:
    samples = labelled([index % 10 for index in range(100)])
    assert subset.choose(samples, 15, 3) == subset.choose(samples, 15, 3)
    assert subset.choose(samples, 15, 3) != subset.choose(samples, 15, 4)
    odd = {subset.choose(samples, 1, seed)[0] % 10 for seed in range(40)}
    assert len(odd) > 5


def test_the_choice_is_the_same_on_every_machine() -> None:
    samples = labelled([index % 3 for index in range(20)])
    assert subset.choose(samples, 6, 0) == [1, 2, 3, 11, 13, 15]


def test_every_sample_is_equally_likely() -> None:
    samples = labelled([index % 2 for index in range(20)])
    drawn = Counter(index for seed in range(500) for index in subset.choose(samples, 4, seed))
    assert min(drawn[index] for index in range(20)) > 60  # 100 expected, 5 sigma is 55
    assert max(drawn.values()) < 145


def test_a_limit_of_nothing_is_refused() -> None:
    with pytest.raises(UsageError, match="limit = 0"):
        subset.choose(labelled([0, 1]), 0, 0)


def test_the_hash_covers_ids_targets_split_and_identity() -> None:
    samples = labelled([0, 1, 0, 1])
    tiny = dataset(samples)
    described = subset.describe(tiny, "test", samples, [0, 1, 2], 7)
    assert (described.count, described.total, described.seed) == (3, 4, 7)
    assert (described.dataset, described.split, described.label_space) == ("tiny", "test", "tiny")
    relabelled = [dataclasses.replace(sample, target=1) for sample in samples]
    renamed = [dataclasses.replace(sample, id=f"x{sample.id}") for sample in samples]
    others = [
        subset.describe(tiny, "test", samples, [0, 1, 3], 7),
        subset.describe(tiny, "test", relabelled, [0, 1, 2], 7),
        subset.describe(tiny, "test", renamed, [0, 1, 2], 7),
        subset.describe(tiny, "train", samples, [0, 1, 2], 7),
        subset.describe(dataclasses.replace(tiny, identity="0"), "test", samples, [0, 1, 2], 7),
    ]
    assert len({described.sha256, *(other.sha256 for other in others)}) == 6
    assert subset.describe(tiny, "test", samples, [0, 1, 2], 8).sha256 == described.sha256


def test_without_an_identity_the_chosen_images_stand_for_it(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("a.png", "b.png", "c.png")]
    for path in paths:
        path.write_text(path.name)
    files = [Sample(id=path.name, image=path, target=0) for path in paths]
    unnamed = dataclasses.replace(dataset(files), identity="")

    def sha256(samples: Sequence[Sample]) -> str:
        return subset.describe(unnamed, "test", samples, [0, 1], 0).sha256

    first = sha256(files)
    paths[2].write_text("else")
    assert sha256(files) == first
    paths[1].write_text("else")
    assert sha256(files) != first
    paths[1].unlink()  # it will count as unreadable
    gone = sha256(files)
    pixels = labelled([0, 0])
    turned = [dataclasses.replace(x, image=np.asarray(x.image).swapaxes(0, 1)) for x in pixels]
    assert len({first, gone, sha256(pixels), sha256(turned)}) == 4


def test_label_maps_are_part_of_the_subset() -> None:
    samples = labelled([0, 1])
    plain, mapped = dataset(samples), mapped_to("wide", (1, 5), samples)
    described = [subset.describe(each, "test", samples, [0, 1], 0) for each in (plain, mapped)]
    others = subset.describe(mapped_to("wide", (1, 4), samples), "test", samples, [0, 1], 0)
    assert len({each.sha256 for each in (*described, others)}) == 3


def test_targets_are_given_in_another_label_space() -> None:
    samples = labelled([1, 0, 1])
    tiny = mapped_to("wide", (1, 5), samples)
    described = subset.describe(tiny, "test", samples, [0, 1, 2], 0)
    images = subset.Images.read(subset.decoded(tiny, described, samples, [0, 1, 2], GEOMETRY))
    mapped = images.targets_in("wide")
    assert mapped is not None
    assert mapped.tolist() == [5, 1, 5]
    assert images.targets.tolist() == [1, 0, 1]
    assert images.targets_in("tiny") is None
    assert images.targets_in("else") is None


def test_a_split_of_unknown_size_needs_one_sample() -> None:
    unknown = dataclasses.replace(dataset(labelled([0, 1])), splits={"test": None})
    assert len(subset.opened(unknown, "test")) == 2
    empty = dataclasses.replace(dataset([]), splits={"test": None})
    with pytest.raises(DataError, match=r"holds 0 samples of .* expected some"):
        subset.opened(empty, "test")


def test_the_split_that_is_meant_is_test_or_the_first() -> None:
    tiny = dataset([])
    assert subset.default_split(tiny) == "test"
    named = dataclasses.replace(tiny, splits={"train": 1, "test": 2})
    assert subset.default_split(named) == "test"
    assert subset.default_split(dataclasses.replace(tiny, splits={"val": 1, "dev": 2})) == "val"


def test_what_nobody_can_fetch_says_how_to_give_it(tmp_path: Path) -> None:
    own = dataclasses.replace(dataset(labelled([0])), fetch=None)
    assert subset.fetched(own, tmp_path) == tmp_path
    with pytest.raises(UsageError, match=r'tiny has no package .*data = "tiny:PATH" in a suite'):
        subset.fetched(own)


def test_a_dataset_is_fetched_once_into_the_cache(cache_folder: Path) -> None:
    tiny = dataset(labelled([0]))
    folder = subset.fetched(tiny)
    assert folder == subset.location(tiny) == cache_folder / "data" / "tiny-0123456789ab"
    assert subset.fetched(tiny) == folder
    assert [path.name for path in folder.iterdir()] == ["fetched"]


def test_a_folder_of_the_users_is_taken_as_it_is(tmp_path: Path, cache_folder: Path) -> None:
    assert subset.fetched(dataset([]), tmp_path) == tmp_path
    assert not cache_folder.exists()
    with pytest.raises(DataError, match="absent is not a folder"):
        subset.fetched(dataset([]), tmp_path / "absent")


def test_an_unknown_split_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match=r"no split of tiny named 'tset'.*'test'"):
        subset.opened(dataset([]), "tset")


def test_fewer_samples_than_declared_are_refused() -> None:
    samples = labelled([0, 1])
    assert subset.opened(dataset(samples), "test") == samples
    with pytest.raises(DataError, match=r"holds 2 samples .* expected 3"):
        subset.opened(dataset(samples, declared=3), "test")


def decode(samples: Sequence[Sample], chosen: list[int], geometry: Geometry = GEOMETRY) -> Path:
    tiny = dataset(samples)
    described = subset.describe(tiny, "test", samples, chosen, 0)
    return subset.decoded(tiny, described, samples, chosen, geometry)


def test_decoded_images_are_those_of_apply_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subset, "CHUNK", 3)
    samples = labelled([4, 0, 3, 1, 2, 0, 1, 4])
    chosen = [0, 2, 3, 4, 6, 7]
    images = subset.Images.read(decode(samples, chosen))
    assert isinstance(images.pixels, np.memmap)
    assert images.pixels.shape == (6, 8, 6, 3)
    assert images.targets.dtype == np.int64
    assert images.targets.tolist() == [4, 3, 1, 2, 1, 4]
    assert images.ids == tuple(samples[index].id for index in chosen)
    assert images.unreadable == {}
    for row, index in enumerate(chosen):
        expected = preprocess.apply(GEOMETRY, samples[index].image)
        assert np.array_equal(images.pixels[row], expected)


def test_decoding_happens_once_for_each_subset_and_geometry(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    samples = labelled([0, 1, 2])
    first = decode(samples, [0, 2])
    grey = decode(samples, [0, 2], dataclasses.replace(GEOMETRY, mode="L"))
    assert len({first, grey, decode(samples, [0, 1])}) == 3
    assert subset.Images.read(grey).pixels.shape == (2, 8, 6, 1)
    monkeypatch.delattr(preprocess, "apply")
    assert decode(samples, [0, 2]) == first


def test_an_unreadable_image_is_kept_as_a_row_of_zeros_with_its_reason(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.png", tmp_path / "bad.png"
    Image.new("RGB", (9, 9), (1, 2, 3)).save(good)
    bad.write_bytes(b"broken")
    samples = [Sample(id=path.name, image=path, target=1) for path in (good, bad, good)]
    samples[2] = dataclasses.replace(samples[2], id="again")
    images = subset.Images.read(decode(samples, [0, 1, 2]))
    assert images.ids == ("good.png", "bad.png", "again")
    assert list(images.unreadable) == ["bad.png"]
    assert str(bad) in images.unreadable["bad.png"]
    assert not images.pixels[1].any()
    assert (images.pixels[[0, 2]] == (1, 2, 3)).all()
    assert images.targets.tolist() == [1, 1, 1]


def test_nothing_readable_at_all_is_an_error_and_leaves_nothing(
    tmp_path: Path, cache_folder: Path
) -> None:
    samples = [Sample(id=name, image=tmp_path / name, target=0) for name in ("a.png", "b.png")]
    with pytest.raises(DataError, match="none of 2 images can be read"):
        decode(samples, [0, 1])
    finished = [path for path in cache_folder.glob("images/*") if "." not in path.name]
    assert finished == []


def test_a_damaged_folder_of_the_cache_is_named(tmp_path: Path) -> None:
    folder = decode(labelled([0]), [0])
    (folder / "pixels.npy").write_bytes(b"")
    with pytest.raises(StorageError, match="remove the folder"):
        subset.Images.read(folder)
    with pytest.raises(StorageError, match="absent"):
        subset.Images.read(tmp_path / "absent")


def mapped(count: int, side: int = 9) -> list[Sample]:
    """Return images (9 x 9) of which each pixel has a class."""
    rng = np.random.default_rng(2)
    return [
        Sample(
            id=f"test-{number}",
            image=rng.integers(0, 256, (9, 9, 3), np.uint8),
            target=rng.integers(-1, 2, (side, side)),
        )
        for number in range(count)
    ]


def test_maps_are_decoded_as_their_images_are() -> None:
    samples = mapped(6)
    chosen = subset.choose(samples, 4, 0)
    assert len(chosen) == 4
    described = subset.describe(dataset(samples), "test", samples, chosen, 0)
    geometry = Geometry(input_size=(12, 12), crop_pct=1.0)
    folder = subset.decoded(dataset(samples), described, samples, chosen, geometry)
    images = subset.Images.read(folder)
    assert images.targets.shape == (4, 12, 12)
    for place, at in enumerate(chosen):
        wanted = preprocess.apply_to_map(geometry, np.asarray(samples[at].target))
        np.testing.assert_array_equal(images.targets[place], wanted)
    images = dataclasses.replace(images, label_maps={"other": (5, 7)})
    told = images.targets_in("other")
    assert told is not None
    assert set(np.unique(told)) == {-1, 5, 7}


def test_another_map_is_another_subset() -> None:
    samples = mapped(3)
    other = [*samples[:2], dataclasses.replace(samples[2], target=np.zeros((9, 9), np.int64))]
    hashes = {
        subset.describe(dataset(each), "test", each, [0, 1, 2], 0).sha256
        for each in (samples, other)
    }
    assert len(hashes) == 2


def test_a_target_of_another_kind_is_refused() -> None:
    samples = [dataclasses.replace(mapped(1)[0], target=[[0, 1]])]  # type: ignore[arg-type]
    with pytest.raises(DataError, match=r"^test-0: its target is a list; give an int, or an array"):
        subset.opened(dataset(samples), "test")
