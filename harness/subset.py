"""The images that a run is about: opened, chosen, decoded once into the cache."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from harness import cache, decode, preprocess
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
    targets: NDArray[np.int64]
    ids: tuple[str, ...]
    unreadable: dict[str, str]
    """By id, why an image cannot be decoded; it counts as a failure."""

    @classmethod
    def read(cls, folder: Path) -> Images:
        """Return what `decoded` put into a folder."""
        try:
            images = cls(
                pixels=np.load(folder / "pixels.npy", mmap_mode="r"),
                targets=np.load(folder / "targets.npy"),
                ids=_json(folder / "ids.json", tuple[str, ...]),
                unreadable=_json(folder / "unreadable.json", dict[str, str]),
            )
        except (OSError, ValueError, EOFError) as reason:
            message = f"cannot read decoded images in {folder}: {reason}; remove the folder"
            raise StorageError(message) from reason
        if not len(images.pixels) == len(images.targets) == len(images.ids):
            message = f"decoded images in {folder} are damaged; remove the folder"
            raise StorageError(message)
        return images


def location(dataset: Dataset) -> Path:
    """Return the folder of the cache that a data set is fetched into."""
    return cache.root() / "data" / _folder_name(dataset)


def fetched(dataset: Dataset, path: Path | None = None) -> Path:
    """Return the folder that holds a data set: the user's own, or the cache's, filled once."""
    if path is None:
        return cache.folder("data", _folder_name(dataset), dataset.fetch)
    if not path.is_dir():
        message = f"{path} is not a folder; give the one that holds {dataset.name}"
        raise DataError(message)
    return path


def opened(dataset: Dataset, split: str, path: Path | None = None) -> Sequence[Sample]:
    """Return all samples of a split, fetched where need be; as many as the data set declares."""
    if split not in dataset.splits:
        kind = f"split of {dataset.name}"
        raise UnknownNameError.among(kind, split, dataset.splits)
    folder = fetched(dataset, path)
    samples = dataset.open(split, folder)
    if len(samples) != dataset.splits[split]:
        message = (
            f"{folder} holds {len(samples)} samples of {dataset.name}'s split {split!r}; "
            f"expected {dataset.splits[split]}"
        )
        raise DataError(message)
    twice = [name for name, count in Counter(each.id for each in samples).items() if count > 1]
    if twice:
        message = f"{dataset.name}: several samples have the id {twice[0]!r}"
        raise DataError(message)
    return samples


def choose(samples: Sequence[Sample], limit: int | None, seed: int) -> list[int]:
    """Return the sorted indices of a subset in which each class keeps its share.

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
    _, labels, counts = np.unique(_targets(samples), return_inverse=True, return_counts=True)
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
    return Subset(
        dataset=dataset.name,
        split=split,
        label_space=dataset.label_space,
        count=len(taken),
        total=len(samples),
        seed=seed if len(taken) < len(samples) else 0,
        sha256=cache.digest([dataset.identity, split, ids, _targets(taken).tolist()]),
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
    # Another decoder or another resizing may give other bits.
    makers = version("pillow"), cache.file_digest(Path(preprocess.__file__))
    key = cache.digest([dataset.identity, subset.split, subset.sha256, geometry, makers])
    fill = partial(_fill, [samples[index] for index in chosen], geometry)
    return cache.folder("images", f"{dataset.name}-{key[:16]}", fill)


def _fill(samples: Sequence[Sample], geometry: Geometry, folder: Path) -> None:
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
        np.save(folder / "targets.npy", _targets(samples))
        (folder / "ids.json").write_bytes(decode.encode([sample.id for sample in samples]))
        (folder / "unreadable.json").write_bytes(decode.encode(unreadable))


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


def _targets(samples: Sequence[Sample]) -> NDArray[np.int64]:
    return np.array([sample.target for sample in samples], np.int64)


def _folder_name(dataset: Dataset) -> str:
    return f"{dataset.name}-{dataset.identity[:12]}"


def _json(path: Path, noun: type[decode.NounT]) -> decode.NounT:
    return decode.json(path.read_bytes(), noun, str(path), error=StorageError)
