"""LeNet-5 as lectures teach it today, 61,706 parameters.

LeCun, Bottou, Bengio and Haffner (Gradient-based learning applied to document recognition, 1998)
describe a network that differs in four ways:
- C3 is sparse: a table connects each of its 16 maps to 3, 4 or 6 of the 6 maps before; here all.
- The activation is 1.7159 tanh(2x / 3); here it is tanh.
- S2 and S4 sum four neighbours, multiply by a trained coefficient, add a trained bias and squash
  by a sigmoid; here they are plain averages.
- The output is the squared distance to fixed 7 x 12 bitmaps (RBF units), least for the right
  class; here it is ten logits.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn


def lenet5(channels: int = 1) -> nn.Sequential:
    """Return it, N x channels x 32 x 32 to N x 10 logits; layers bear its paper's names."""
    from torch import nn

    layers = {
        "c1": nn.Conv2d(channels, 6, 5),
        "c1_tanh": nn.Tanh(),
        "s2": nn.AvgPool2d(2),
        "c3": nn.Conv2d(6, 16, 5),
        "c3_tanh": nn.Tanh(),
        "s4": nn.AvgPool2d(2),
        "flatten": nn.Flatten(),
        "c5": nn.Linear(16 * 5 * 5, 120),
        "c5_tanh": nn.Tanh(),
        "f6": nn.Linear(120, 84),
        "f6_tanh": nn.Tanh(),
        "output": nn.Linear(84, 10),
    }
    return nn.Sequential(OrderedDict(layers))
