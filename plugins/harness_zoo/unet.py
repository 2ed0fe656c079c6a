"""A small U-Net for images of any size that 8 divides, 482,771 parameters.

Ronneberger, Fischer and Brox (U-Net: convolutional networks for biomedical image segmentation,
2015), with three changes: a quarter of the widths and one level less, padded convolutions, so that
the map is as large as the image, and batch norm after each.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch
    from torch import nn

WIDTHS = (16, 32, 64, 128)
"""Channels of each level, from the image's own size down to an eighth of it."""


def unet(classes: int) -> nn.Module:
    """Return it, N x 3 x H x W to N x classes x H x W logits."""
    import torch
    from torch import nn

    class UNet(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            pairs = list(pairwise(WIDTHS))
            self.first = _twice(3, WIDTHS[0])
            self.down = nn.ModuleList(
                nn.Sequential(nn.MaxPool2d(2), _twice(width, wider)) for width, wider in pairs
            )
            self.up = nn.ModuleList(
                nn.ConvTranspose2d(wider, width, 2, stride=2) for width, wider in reversed(pairs)
            )
            self.merge = nn.ModuleList(_twice(2 * width, width) for width, _ in reversed(pairs))
            self.last = nn.Conv2d(WIDTHS[0], classes, 1)

        def forward(self, image: torch.Tensor) -> torch.Tensor:
            levels = [self.first(image)]
            for down in self.down:
                levels.append(down(levels[-1]))
            value = levels.pop()
            for up, merge in zip(self.up, self.merge, strict=True):
                value = merge(torch.cat([levels.pop(), up(value)], 1))
            answer: torch.Tensor = self.last(value)
            return answer

    return UNet()


def _twice(width: int, wider: int) -> nn.Module:
    """Return two convolutions with batch norm and ReLU."""
    from torch import nn

    return nn.Sequential(
        nn.Conv2d(width, wider, 3, padding=1, bias=False),
        nn.BatchNorm2d(wider),
        nn.ReLU(),
        nn.Conv2d(wider, wider, 3, padding=1, bias=False),
        nn.BatchNorm2d(wider),
        nn.ReLU(),
    )
