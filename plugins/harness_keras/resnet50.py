"""ResNet-50 as Keras's first applications had it, in torch; 25,636,712 stored parameters.

It is He et al.'s network (Deep residual learning for image recognition, 2015) as their Caffe
release had it. torchvision's differs in four things: convolutions here have biases, a stage's
stride is in its first 1 x 1 convolution, batch norm's epsilon is 1e-3, inputs are BGR.
"""

from __future__ import annotations

import string
from typing import TYPE_CHECKING

from torch import nn  # noqa: TID253 - this module is imported only where the network is built
from torch.nn import functional  # noqa: TID253 - likewise

if TYPE_CHECKING:
    from torch import Tensor

STAGES = {2: (3, 64), 3: (4, 128), 4: (6, 256), 5: (3, 512)}
"""By Keras's number: how many blocks, and the width of their 3 x 3 convolutions."""
EXPANSION = 4
EPSILON = 1e-3
CLASSES = 1000


class ResNet50(nn.Module):
    """N x 3 x 224 x 224 to N x 1000 logits; layers bear Keras's names."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, stride=2, padding=3)
        self.bn_conv1 = nn.BatchNorm2d(64, eps=EPSILON)
        width = 64
        for stage, (blocks, inner) in STAGES.items():
            outer = EXPANSION * inner
            for letter in string.ascii_lowercase[:blocks]:
                stride = 2 if letter == "a" and stage > min(STAGES) else 1
                branch = f"{stage}{letter}_branch"
                self.add(f"{branch}2a", nn.Conv2d(width, inner, 1, stride))
                self.add(f"{branch}2b", nn.Conv2d(inner, inner, 3, padding=1))
                self.add(f"{branch}2c", nn.Conv2d(inner, outer, 1))
                if letter == "a":
                    self.add(f"{branch}1", nn.Conv2d(width, outer, 1, stride))
                width = outer
        self.fc1000 = nn.Linear(width, CLASSES)

    def add(self, name: str, convolution: nn.Conv2d) -> None:
        """Add a convolution and its batch norm."""
        self.add_module(f"res{name}", convolution)
        self.add_module(f"bn{name}", nn.BatchNorm2d(convolution.out_channels, eps=EPSILON))

    def forward(self, value: Tensor) -> Tensor:
        """Return the logits."""
        value = functional.relu(self.bn_conv1(self.conv1(value)))
        value = functional.max_pool2d(value, 3, 2, padding=1)
        for stage, (blocks, _) in STAGES.items():
            for letter in string.ascii_lowercase[:blocks]:
                value = self._block(f"{stage}{letter}_branch", value)
        logits: Tensor = self.fc1000(value.mean((2, 3)))
        return logits

    def _block(self, branch: str, value: Tensor) -> Tensor:
        projected = hasattr(self, f"res{branch}1")
        shortcut = self._normalised(f"{branch}1", value) if projected else value
        inner = functional.relu(self._normalised(f"{branch}2a", value))
        inner = functional.relu(self._normalised(f"{branch}2b", inner))
        return functional.relu(self._normalised(f"{branch}2c", inner) + shortcut)

    def _normalised(self, name: str, value: Tensor) -> Tensor:
        convolved = self.get_submodule(f"res{name}")(value)
        normalised: Tensor = self.get_submodule(f"bn{name}")(convolved)
        return normalised
