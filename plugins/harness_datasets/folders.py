"""Images in folders, one for each class."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness import DataError, Sample

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def names(folder: Path) -> list[str]:
    """Return the names of the folders of classes, sorted; there is at least one."""
    found = sorted(path.name for path in _shown(folder) if path.is_dir())
    if not found:
        message = f"{folder} holds no folders; put the images of each class into a folder of it"
        raise DataError(message)
    return found


def samples(folder: Path, indices: Mapping[str, int]) -> list[Sample]:
    """Return the images in the folders that `indices` names, each with its class's index."""
    suffixes = _suffixes()
    return [
        Sample(id=f"{name}/{path.name}", image=path, target=indices[name])
        for name in names(folder)
        for path in _images(folder / name, suffixes)
    ]


def _images(folder: Path, suffixes: set[str]) -> list[Path]:
    shown = _shown(folder)
    if inner := [path for path in shown if path.is_dir()]:
        message = f"{inner[0]} is a folder within a class; put its images into {folder}"
        raise DataError(message)
    found = [path for path in shown if path.suffix.lower() in suffixes]
    if not found:
        message = f"{folder} holds no images; put some there, or remove it"
        raise DataError(message)
    return found


def _shown(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if not path.name.startswith("."))


def _suffixes() -> set[str]:
    """Return how the files are called that Pillow reads."""
    from PIL import Image

    return {suffix for suffix, kind in Image.registered_extensions().items() if kind in Image.OPEN}
