"""Images that look different each time: shifted and mirrored by chance, still as uint8 pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness_torch.training.recipe import TrainingRecipe


def augmented(
    pixels: NDArray[np.uint8], recipe: TrainingRecipe, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Return a batch (N x H x W x C), each image cropped and mirrored by chance."""
    count, height, width, _ = pixels.shape
    if pad := round(recipe.crop * min(height, width)):
        around = ((0, 0), (pad, pad), (pad, pad), (0, 0))
        windows = np.lib.stride_tricks.sliding_window_view(
            np.pad(pixels, around), (height, width), axis=(1, 2)
        )
        tops, lefts = rng.integers(0, 2 * pad + 1, (2, count))
        pixels = np.moveaxis(windows[np.arange(count), tops, lefts], 1, -1)
    if recipe.flip:
        mirrored = rng.integers(0, 2, (count, 1, 1, 1), dtype=np.uint8) > 0
        pixels = np.where(mirrored, pixels[:, :, ::-1], pixels)
    return pixels
