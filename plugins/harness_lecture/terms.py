"""Where a network's published form differs from another's, with what that costs in parameters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A named difference."""

    says: str
    amount: Callable[[Mapping[str, int]], int]
    """How many parameters the lecture's form has more than one with these channels, by trait as
    `harness.graph.Structure` counts them."""


NO_SCALE = Term(
    says="Keras's batch norm has no scale, one per channel",
    amount=lambda channels: -channels["scaled"],
)
BIASES = Term(
    says="Keras's convolutions have biases, one per output channel",
    amount=lambda channels: channels["convolved"] - channels["biased"],
)
TERMS = {"InceptionV3": NO_SCALE, "InceptionResNetV2": NO_SCALE, "ResNet50": BIASES}
"""By the lecture's name of the model."""
