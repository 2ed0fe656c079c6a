"""A slim Inception with batch norm for 32 x 32 images, 470,002 parameters.

Szegedy et al. (Going deeper with convolutions, 2014), table 1, with four changes: of its nine
modules there are five (3a, 3b, 4a, 4e, 5b), their layers 3/8 as wide; batch norm follows each
convolution; two 3 x 3 convolutions stand in place of its first layers; and there are no auxiliary
classifiers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch
    from torch import nn

STEM = (24, 48)
MODULES = (
    ((64, 96, 128, 16, 32, 32), (128, 128, 192, 32, 96, 64)),
    ((192, 96, 208, 16, 48, 64), (256, 160, 320, 32, 128, 128)),
    ((384, 192, 384, 48, 128, 128),),
)
"""Table 1's widths, from one pooling to the next: 1 x 1, reduction before 3 x 3, 3 x 3, reduction
before 5 x 5, 5 x 5, projection after pooling."""


def inception_slim() -> nn.Sequential:
    """Return it, N x 3 x 32 x 32 to N x 10 logits."""
    from torch import nn

    first, width = STEM
    layers: list[nn.Module] = [
        _convolution(3, first, 3),
        nn.MaxPool2d(2),
        _convolution(first, width, 3),
    ]
    for number, stage in enumerate(MODULES):
        if number:
            layers.append(nn.MaxPool2d(2))
        for published in stage:
            one, reduced3, three, reduced5, five, pooled = (each * 3 // 8 for each in published)
            branches: list[nn.Module] = [
                _convolution(width, one, 1),
                nn.Sequential(_convolution(width, reduced3, 1), _convolution(reduced3, three, 3)),
                nn.Sequential(_convolution(width, reduced5, 1), _convolution(reduced5, five, 5)),
                nn.Sequential(nn.MaxPool2d(3, 1, 1), _convolution(width, pooled, 1)),
            ]
            layers.append(_module(branches))
            width = one + three + five + pooled
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(width, 10))


def _module(branches: list[nn.Module]) -> nn.Module:
    import torch
    from torch import nn

    class Module(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.branches = nn.ModuleList(branches)

        def forward(self, value: torch.Tensor) -> torch.Tensor:
            return torch.cat([branch(value) for branch in self.branches], 1)

    return Module()


def _convolution(width: int, wider: int, size: int) -> nn.Sequential:
    """Return a convolution that keeps height and width, with batch norm and ReLU."""
    from torch import nn

    layer = nn.Conv2d(width, wider, size, padding=size // 2, bias=False)
    nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
    return nn.Sequential(layer, nn.BatchNorm2d(wider), nn.ReLU())
