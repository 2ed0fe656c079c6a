"""A slim VGG-11 with batch norm for 32 x 32 images, 1,119,594 parameters.

Simonyan and Zisserman (Very deep convolutional networks for large-scale image recognition, 2014),
configuration A, with three changes: its layers are half as wide and no wider than 160, batch norm
follows each convolution, and one dense layer stands in place of three.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn

STAGES = ((32,), (64,), (128, 128), (160, 160), (160, 160))
"""Widths of the convolutions before each pooling."""


def vgg11_slim() -> nn.Sequential:
    """Return it, N x 3 x 32 x 32 to N x 10 logits."""
    from torch import nn

    layers: list[nn.Module] = []
    width = 3
    for stage in STAGES:
        for wider in stage:
            convolution = nn.Conv2d(width, wider, 3, padding=1, bias=False)
            nn.init.kaiming_normal_(convolution.weight, nonlinearity="relu")
            layers += [convolution, nn.BatchNorm2d(wider), nn.ReLU()]
            width = wider
        layers.append(nn.MaxPool2d(2))
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(width, 10))
