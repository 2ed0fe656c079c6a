from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import numpy as np
import pytest

from harness import DataError
from harness_datasets import idx

if TYPE_CHECKING:
    from pathlib import Path

Files = dict[str, bytes]
Checksums = dict[str, str]


@pytest.mark.parametrize("packed", [False, True])
def test_the_files_are_read_compressed_or_not(
    folder: Path, idx_files: Files, idx_checksums: Checksums, *, packed: bool
) -> None:
    for name, content in idx_files.items():
        if packed:
            (folder / f"{name}.gz").write_bytes(gzip.compress(content))
        else:
            (folder / name).write_bytes(content)
    for split, name, labels in (("train", "train", [5, 0, 4, 1, 9]), ("test", "t10k", [7, 2, 1])):
        samples = idx.samples(split, folder, checksums=idx_checksums)
        assert [sample.target for sample in samples] == labels
        assert all(type(sample.target) is int for sample in samples)
        images = np.stack([np.asarray(sample.image) for sample in samples])
        assert images.tobytes() == idx_files[f"{name}-images-idx3-ubyte"][16:]
        assert images.shape == (len(labels), 28, 28)
    assert samples[2].id == "test-00002"


def test_a_folder_of_the_users_is_verified(
    folder: Path, idx_files: Files, idx_checksums: Checksums
) -> None:
    for name, content in idx_files.items():
        (folder / name).write_bytes(content)
    path = folder / "train-images-idx3-ubyte"
    path.write_bytes(path.read_bytes()[:-1] + b"\x00")
    with pytest.raises(DataError, match=r"train-images-idx3-ubyte has sha256"):
        idx.samples("train", folder, checksums=idx_checksums)
    path.unlink()
    with pytest.raises(DataError, match=r"train-images-idx3-ubyte does not exist"):
        idx.samples("train", folder, checksums=idx_checksums)


def test_a_compressed_file_is_verified_by_what_it_holds(
    folder: Path, idx_files: Files, idx_checksums: Checksums
) -> None:
    [name, *_] = idx_files
    path = folder / f"{name}.gz"
    path.write_bytes(gzip.compress(idx_files[name] + b"\x00"))
    with pytest.raises(DataError, match=r"idx3-ubyte\.gz has sha256"):
        idx.content(folder / name, idx_checksums[name])
    for damaged in (b"no gzip", gzip.compress(idx_files[name])[:100]):
        path.write_bytes(damaged)
        with pytest.raises(DataError, match=r"idx3-ubyte\.gz is truncated or damaged"):
            idx.content(folder / name, idx_checksums[name])
