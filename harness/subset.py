"""The images that a run is about: opened, chosen, decoded once into the cache."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from harness import cache, decode, preprocess, targets
from harness.environment import cores
from harness.errors import DataError, StorageError, UnknownNameError, UsageError
from harness.types import Subset

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from harness.offers import Dataset
    from harness.types import Geometry, Sample

CHUNK = 256
"""How many decoded images wait in memory for being written."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Images:
    """Decoded images of a subset, in its order."""

    pixels: NDArray[np.uint8]
    """N x H x W x C, mapped from disk; zero where the image is unreadable."""
    targets: NDArray[np.integer]
    """N classes, or N x H x W: those of the pixels, -1 where one is not known."""
    ids: tuple[str, ...]
    unreadable: dict[str, str]
    """By id, why an image cannot be decoded; it counts as a failure."""
    label_maps: dict[str, tuple[int, ...]] = field(default_factory=dict)
    """By label space other than the data's own: the index there of each class."""
    sources: tuple[str, ...] = ()
    """The images' files; empty where an image is none."""

    @classmethod
    def read(cls, folder: Path) -> Images:
        """Return what `decoded` put into a folder."""
        try:
            images = cls(
                pixels=np.load(folder / "pixels.npy", mmap_mode="r"),
                targets=np.load(folder / "targets.npy"),
                ids=_json(folder / "ids.json", tuple[str, ...]),
                unreadable=_json(folder / "unreadable.json", dict[str, str]),
                label_maps=_json(folder / "label_maps.json", dict[str, tuple[int, ...]]),
                sources=_json(folder / "sources.json", tuple[str, ...]),
            )
        except (OSError, ValueError, EOFError) as reason:
            message = f"cannot read decoded images in {folder}: {reason}; remove the folder"
            raise StorageError(message) from reason
        if not len(images.pixels) == len(images.targets) == len(images.ids):
            message = f"decoded images in {folder} are damaged; remove the folder"
            raise StorageError(message)
        return images

    def targets_in(self, label_space: str) -> NDArray[np.integer] | None:
        """Return the targets as a label space counts them; None where no mapping leads there."""
        if label_space not in self.label_maps:
            return None
        places = np.asarray(self.label_maps[label_space], np.int64)[self.targets]
        return np.where(self.targets < 0, self.targets, places)


def location(dataset: Dataset) -> Path:
    """Return the folder of the cache that a data set is fetched into."""
    return cache.root() / "data" / _folder_name(dataset)


def fetched(dataset: Dataset, path: Path | None = None) -> Path:
    """Return the folder that holds a data set: the user's own, or the cache's, filled once."""
    if path is None and dataset.fetch is not None:
        return cache.folder("data", _folder_name(dataset), dataset.fetch)
    if path is None:
        message = (
            f"{dataset.name} has no package to be fetched from; give the folder that holds it: "
            f'data = "{dataset.name}:PATH" in a suite, or --data PATH'
        )
        raise UsageError(message)
    if not path.is_dir():
        message = f"{path} is not a folder; give the one that holds {dataset.name}"
        raise DataError(message)
    return path


def resolved(dataset: Dataset, path: Path | None = None) -> Dataset:
    """Return a data set whose classes are known, read from its folder where only that tells."""
    return dataset if dataset.within is None else dataset.within(fetched(dataset, path))


def default_split(dataset: Dataset) -> str:
    """Return the split that is meant where none is named."""
    return "test" if "test" in dataset.splits else next(iter(dataset.splits))


def opened(dataset: Dataset, split: str, path: Path | None = None) -> Sequence[Sample]:
    """Return all samples of a split, fetched where need be; as many as the data set declares."""
    if split not in dataset.splits:
        kind = f"split of {dataset.name}"
        raise UnknownNameError.among(kind, split, dataset.splits)
    folder = fetched(dataset, path)
    samples = dataset.open(split, folder)
    expected = dataset.splits[split]
    if not samples or expected not in {None, len(samples)}:
        message = (
            f"{folder} holds {len(samples)} samples of {dataset.name}'s split {split!r}; "
            f"expected {expected or 'some'}"
        )
        raise DataError(message)
    twice = [name for name, count in Counter(each.id for each in samples).items() if count > 1]
    if twice:
        message = f"{dataset.name}: several samples have the id {twice[0]!r}"
        raise DataError(message)
    targets.check(samples)
    return samples


def choose(samples: Sequence[Sample], limit: int | None, seed: int) -> list[int]:
    """Return the sorted indices of a subset in which each class keeps its share.

    Images whose pixels have the classes are all alike for that.
    Shares are rounded by largest remainder: counts are within one of the exact share, and of each
    other where the classes are equally large. Draws are PCG64's raw numbers, one a sample, which
    NumPy promises never to change; no limit, or one beyond the total, takes all.
    """
    if limit is not None and limit < 1:
        message = f"limit = {limit}: at least 1 image is needed; leave it out to take all"
        raise UsageError(message)
    total = len(samples)
    if limit is None or limit >= total:
        return list(range(total))
    kinds = targets.strata(samples)
    _, labels, counts = np.unique(kinds, return_inverse=True, return_counts=True)
    draws = np.random.PCG64(seed).random_raw(total + len(counts))
    shares, remainders = np.divmod(counts * limit, total)
    by_remainder = np.lexsort((draws[total:], -remainders))
    shares[by_remainder[: limit - shares.sum()]] += 1
    by_label = np.lexsort((draws[:total], labels))
    starts = np.cumsum(counts) - counts
    ranks = np.arange(total) - np.repeat(starts, counts)
    return sorted(by_label[ranks < np.repeat(shares, counts)].tolist())


def describe(
    dataset: Dataset, split: str, samples: Sequence[Sample], chosen: Sequence[int], seed: int
) -> Subset:
    """Return what identifies the chosen samples; pixels enter through the data set's identity."""
    taken = [samples[index] for index in chosen]
    ids = [sample.id for sample in taken]
    identity = dataset.identity or _content(taken)
    maps = [dataset.label_maps] if dataset.label_maps else []
    return Subset(
        dataset=dataset.name,
        split=split,
        label_space=dataset.label_space,
        count=len(taken),
        total=len(samples),
        seed=seed if len(taken) < len(samples) else 0,
        sha256=cache.digest([identity, split, ids, targets.identities(taken), *maps]),
        classes=len(dataset.classes),
    )


def decoded(
    dataset: Dataset,
    subset: Subset,
    samples: Sequence[Sample],
    chosen: Sequence[int],
    geometry: Geometry,
) -> Path:
    """Return the folder of the chosen samples' pixels, decoded once; see `Images.read`."""
    taken = [samples[index] for index in chosen]
    maps = dict(dataset.label_maps)
    # Another decoder or another resizing may give other bits.
    makers = version("pillow"), cache.file_digest(Path(preprocess.__file__))
    key = cache.digest([dataset.identity, subset.split, subset.sha256, geometry, makers, maps])
    fill = partial(_fill, taken, geometry, maps, subset.classes)
    folder = cache.folder("images", f"{dataset.name}-{key[:16]}", fill)
    # The same pixels may come from another folder of the user's today.
    sources = [str(each.image.resolve()) if isinstance(each.image, Path) else "" for each in taken]
    with cache.writable(folder):
        (folder / "sources.json").write_bytes(decode.encode(sources))
    return folder


def _fill(
    samples: Sequence[Sample],
    geometry: Geometry,
    label_maps: dict[str, tuple[int, ...]],
    classes: int,
    folder: Path,
) -> None:
    channels = 3 if geometry.mode == "RGB" else 1
    shape = (len(samples), *geometry.input_size, channels)
    blank = bytes(geometry.input_size[0] * geometry.input_size[1] * channels)
    unreadable: dict[str, str] = {}
    # Written in order, not through a map: a full disk is then an error instead of a SIGBUS.
    with cache.writable(folder), (folder / "pixels.npy").open("wb") as stream:
        header = {"descr": "|u1", "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(stream, header)
        for sample, pixels in _decode(samples, geometry):
            if isinstance(pixels, DataError):
                unreadable[sample.id] = str(pixels)
            stream.write(blank if isinstance(pixels, DataError) else pixels.tobytes())
    if unreadable and len(unreadable) == len(samples):
        message = f"none of {len(samples)} images can be read; {next(iter(unreadable.values()))}"
        raise DataError(message)
    with cache.writable(folder):
        np.save(folder / "targets.npy", targets.placed(samples, geometry, classes=classes))
        (folder / "ids.json").write_bytes(decode.encode([sample.id for sample in samples]))
        (folder / "unreadable.json").write_bytes(decode.encode(unreadable))
        (folder / "label_maps.json").write_bytes(decode.encode(label_maps))


def _decode(
    samples: Sequence[Sample], geometry: Geometry
) -> Iterator[tuple[Sample, NDArray[np.uint8] | DataError]]:
    def pixels(sample: Sample) -> NDArray[np.uint8] | DataError:
        try:
            return preprocess.apply(geometry, sample.image)
        except DataError as reason:
            return reason

    with ThreadPoolExecutor(cores()) as pool:
        for start in range(0, len(samples), CHUNK):
            chunk = samples[start : start + CHUNK]
            yield from zip(chunk, pool.map(pixels, chunk), strict=True)


def _content(samples: Sequence[Sample]) -> str:
    """Return a hash of the images themselves, be they files or pixels."""

    def digest(image: Path | NDArray[np.uint8]) -> str:
        if not isinstance(image, Path):
            return targets.digest(image)
        try:
            return cache.file_digest(image)
        except OSError as reason:  # it will count as unreadable
            return str(reason.strerror)

    with ThreadPoolExecutor(cores()) as pool:
        return cache.digest(list(pool.map(digest, [sample.image for sample in samples])))


def _folder_name(dataset: Dataset) -> str:
    return f"{dataset.name}-{dataset.identity[:12]}"


def _json(path: Path, noun: type[decode.NounT]) -> decode.NounT:
    return decode.json(path.read_bytes(), noun, str(path), error=StorageError)
