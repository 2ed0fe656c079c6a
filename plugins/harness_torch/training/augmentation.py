"""Images that look different each time: shifted and mirrored by chance, still as uint8 pixels.

The classes of pixels move with them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.preprocess import UNKNOWN

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    from harness_torch.training.recipe import TrainingRecipe


def augmented(
    pixels: NDArray[np.uint8],
    targets: NDArray[np.integer],
    recipe: TrainingRecipe,
    rng: np.random.Generator,
) -> tuple[NDArray[np.uint8], NDArray[np.integer]]:
    """Return a batch (N x H x W x C), each image cropped and mirrored by chance, and its targets.

    Targets are N classes, which stay, or N x H x W.
    """
    count, height, width, _ = pixels.shape
    moves = targets.ndim > 1
    if pad := round(recipe.crop * min(height, width)):
        corners = rng.integers(0, 2 * pad + 1, (2, count))
        pixels = _cropped(pixels, pad, corners, 0)
        targets = _cropped(targets, pad, corners, UNKNOWN) if moves else targets
    if recipe.flip:
        mirrored = rng.integers(0, 2, (count, 1, 1, 1), dtype=np.uint8) > 0
        pixels = np.where(mirrored, pixels[:, :, ::-1], pixels)
        targets = np.where(mirrored[..., 0], targets[:, :, ::-1], targets) if moves else targets
    return pixels, targets


def _cropped(
    values: NDArray[Any], pad: int, corners: NDArray[np.int64], around: int
) -> NDArray[Any]:
    """Return windows (N x H x W ...) of padded values, each with a corner of its own."""
    count, height, width = values.shape[:3]
    flat = ((0, 0),) * (values.ndim - 3)
    padded = np.pad(values, ((0, 0), (pad, pad), (pad, pad), *flat), constant_values=around)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (height, width), axis=(1, 2))
    chosen = windows[np.arange(count), *corners]
    return np.moveaxis(chosen, (-2, -1), (1, 2))
