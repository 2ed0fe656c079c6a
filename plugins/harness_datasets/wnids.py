"""ImageNet's 1,000 classes: wnids and names in the usual order, which is that of the wnids."""

from __future__ import annotations

from pathlib import Path

LABEL_SPACE = "imagenet-1k"
LABEL_MAPS = {"imagenet-1001": tuple(range(1, 1001))}
"""Models of TensorFlow's early days have a class `background` before the others."""


def table() -> dict[str, str]:
    """Return the name of each class by its wnid; the index of a class is its place.

    The wnids are those of timm, the names those of torchvision; the two agree.
    """
    lines = (Path(__file__).parent / "imagenet.txt").read_text(encoding="utf-8").splitlines()
    return dict(line.split(" ", 1) for line in lines)
