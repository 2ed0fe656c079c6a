from __future__ import annotations

import hashlib
import struct
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from harness import packages

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

RNG = np.random.default_rng(0)
IDX = {
    "train-images-idx3-ubyte": RNG.integers(0, 256, (5, 28, 28), dtype=np.uint8),
    "train-labels-idx1-ubyte": np.array([5, 0, 4, 1, 9], np.uint8),
    "t10k-images-idx3-ubyte": RNG.integers(0, 256, (3, 28, 28), dtype=np.uint8),
    "t10k-labels-idx1-ubyte": np.array([7, 2, 1], np.uint8),
}


@pytest.fixture
def idx_files() -> dict[str, bytes]:
    """Return MNIST's four files, of 5 and 3 images."""
    return {
        name: struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
        + array.tobytes()
        for name, array in IDX.items()
    }


@pytest.fixture
def idx_checksums(idx_files: dict[str, bytes]) -> dict[str, str]:
    return {name: hashlib.sha256(content).hexdigest() for name, content in idx_files.items()}


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, bytes]], packages.Package]:
    """Publish files as a package, by their paths in it."""

    def publish(files: dict[str, bytes]) -> packages.Package:
        def fetch(package: packages.Package, members: Sequence[str], folder: Path) -> None:
            del package
            for member in members:
                (folder / Path(member).name).write_bytes(files[member])

        monkeypatch.setattr(packages, "fetch", fetch)
        return packages.Package(registry="npm", name="tiny", version="1.0.0")

    return publish


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "data"
    path.mkdir()
    return path
