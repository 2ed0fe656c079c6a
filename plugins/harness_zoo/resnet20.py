"""ResNet-20 for 32 x 32 images, 269,722 parameters.

He, Zhang, Ren and Sun (Deep residual learning for image recognition, 2015), section 4.2: n = 3,
shortcuts without parameters (their option A).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch
    from torch import nn

BLOCKS = 3
"""In each stage."""
WIDTHS = (16, 32, 64)


def resnet20() -> nn.Module:
    """Return it, N x 3 x 32 x 32 to N x 10 logits, initialised as He et al. do."""
    from torch import nn

    layers: list[nn.Module] = [_convolution(3, WIDTHS[0]), nn.BatchNorm2d(WIDTHS[0]), nn.ReLU()]
    width = WIDTHS[0]
    for wider in WIDTHS:
        for _ in range(BLOCKS):
            layers.append(_block(width, wider))
            width = wider
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(width, 10)]
    return nn.Sequential(*layers)


def _block(width: int, wider: int) -> nn.Module:
    """Return two convolutions beside a shortcut; a wider block halves height and width."""
    from torch import nn
    from torch.nn import functional

    stride = 1 if width == wider else 2
    missing = wider - width

    class Block(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.residual = nn.Sequential(
                _convolution(width, wider, stride),
                nn.BatchNorm2d(wider),
                nn.ReLU(),
                _convolution(wider, wider),
                nn.BatchNorm2d(wider),
            )

        def forward(self, value: torch.Tensor) -> torch.Tensor:
            shortcut = value
            if missing:  # every other pixel, and zeros for the channels that are not there yet
                sides = missing // 2, missing - missing // 2
                shortcut = functional.pad(value[:, :, ::stride, ::stride], (0, 0, 0, 0, *sides))
            return functional.relu(self.residual(value) + shortcut)

    return Block()


def _convolution(width: int, wider: int, stride: int = 1) -> nn.Module:
    from torch import nn

    layer = nn.Conv2d(width, wider, 3, stride=stride, padding=1, bias=False)
    nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
    return layer
