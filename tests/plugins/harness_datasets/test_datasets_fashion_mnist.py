from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest

from harness import DataError
from harness_datasets import fashion_mnist, idx

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness import packages

    Publish = Callable[[dict[str, bytes]], packages.Package]


def test_what_the_package_holds_is_fetched(
    published: Publish,
    tmp_path: Path,
    folder: Path,
    idx_files: dict[str, bytes],
    idx_checksums: dict[str, str],
) -> None:
    published(
        {
            f"usr/share/datasets/fashion-mnist/{name}.gz": gzip.compress(content)
            for name, content in idx_files.items()
        }
    )
    fashion_mnist.fetch(folder, installed=tmp_path / "absent", checksums=idx_checksums)
    assert len(idx.samples("test", folder, checksums=idx_checksums)) == 3


def test_what_is_installed_needs_no_network(
    published: Publish,
    tmp_path: Path,
    folder: Path,
    idx_files: dict[str, bytes],
    idx_checksums: dict[str, str],
) -> None:
    published({})
    for name, content in idx_files.items():
        (tmp_path / f"{name}.gz").write_bytes(gzip.compress(content))
    fashion_mnist.fetch(folder, installed=tmp_path, checksums=idx_checksums)
    assert len(idx.samples("test", folder, checksums=idx_checksums)) == 3
    with pytest.raises(DataError, match="has sha256"):
        fashion_mnist.fetch(folder, installed=tmp_path, checksums=dict.fromkeys(idx_files, "0"))


def test_the_descriptor_declares_what_is_published() -> None:
    dataset = fashion_mnist.dataset()
    assert dict(dataset.splits) == {"train": 60_000, "test": 10_000}
    assert len(dataset.classes) == 10
    assert dataset.classes[9] == "Ankle boot"  # the training set's first image, by its authors
    assert dataset.source == "Debian dataset-fashion-mnist"
