"""A folder of the user's that holds a folder of images for each class."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness import DataError, Dataset, decode
from harness.errors import nearest
from harness_datasets import folders, wnids

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from harness import Sample

LIST = "classes.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Classes:
    """What a class list says: an index is a place in `classes`."""

    label_space: str
    classes: tuple[str, ...]


def dataset() -> Dataset:
    """Return the descriptor of a folder that is not known yet."""
    return Dataset(
        name="imagefolder",
        summary="your own images, a folder for each class",
        label_space="",
        classes=(),
        splits={"test": None},
        open=lambda split, folder: within(folder).open(split, folder),
        within=within,
        source="a folder of yours",
    )


def within(folder: Path) -> Dataset:
    """Return the descriptor of what lies in a folder: ImageNet's classes, or those of its list."""
    found = folders.names(folder)
    known = wnids.table()
    if (folder / LIST).is_file():
        listed = _listed(folder, found)
        return _described(listed.label_space, listed.classes, _places(listed.classes))
    strange = [name for name in found if name not in known]
    if len(strange) == len(found):
        message = (
            f"{folder / strange[0]} is none of ImageNet's wnids; name the classes in "
            f'{folder / LIST}: label_space = "yours", classes = ["{strange[0]}", ...]'
        )
        raise DataError(message)
    if strange:
        message = (
            f"{folder / strange[0]} is none of ImageNet's 1,000 wnids, but other folders are; "
            f"move it away, or name all classes in {folder / LIST}"
        )
        raise DataError(message)
    imagenet = _described(wnids.LABEL_SPACE, tuple(known.values()), _places(known))
    return replace(imagenet, label_maps=wnids.LABEL_MAPS)


def _described(label_space: str, classes: tuple[str, ...], indices: Mapping[str, int]) -> Dataset:
    def opened(_split: str, folder: Path) -> Sequence[Sample]:
        return folders.samples(folder, indices)

    return replace(dataset(), label_space=label_space, classes=classes, open=opened, within=None)


def _listed(folder: Path, found: Sequence[str]) -> Classes:
    """Return the class list of a folder, once it names every folder there."""
    path = folder / LIST
    listed = decode.toml(path, Classes, error=DataError)
    if not listed.label_space:
        message = f"{path}: 'label_space' is empty; give it a name, the one that models answer in"
        raise DataError(message)
    if len(set(listed.classes)) < len(listed.classes):
        message = f"{path}: 'classes' holds one name twice"
        raise DataError(message)
    if unknown := [name for name in found if name not in listed.classes]:
        message = (
            f"{folder / unknown[0]} is no class of {path}; {nearest(unknown[0], listed.classes)}"
        )
        raise DataError(message)
    return listed


def _places(names: Iterable[str]) -> dict[str, int]:
    return {name: place for place, name in enumerate(names)}
