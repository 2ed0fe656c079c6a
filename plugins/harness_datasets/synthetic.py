"""Noise: inputs for speed and agreement where no images are at hand; it has no right answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import harness

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np

COUNT = 64
SIDE = 256


def dataset() -> harness.Dataset:
    """Return seeded uniform noise, 64 RGB images of 256 x 256."""
    return harness.Dataset(
        name="synthetic",
        summary="uniform noise, for speed and agreement; no right answers",
        label_space="none",
        classes=("noise",),
        splits={"test": COUNT},
        open=_open,
        fetch=_fetch,
        identity=f"pcg64-uniform-{COUNT}x{SIDE}",
        source="made here",
        size="none",
    )


def _open(split: str, folder: Path) -> Sequence[harness.Sample]:
    del folder
    return [
        harness.Sample(id=f"{split}-{number:02}", image=_noise(number), target=0)
        for number in range(COUNT)
    ]


def _noise(number: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    # Raw numbers of a bit generator: NumPy promises that these never change.
    import numpy as np

    words = np.random.PCG64(number).random_raw(SIDE * SIDE * 3 // 8)
    return np.asarray(words, "<u8").view(np.uint8).reshape(SIDE, SIDE, 3)


def _fetch(folder: Path) -> None:
    del folder  # there is nothing to fetch
