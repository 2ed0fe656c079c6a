"""What a plugin author's own tests call; knows no engine and no architecture."""

from __future__ import annotations

from harness.testing.answers import architecture, numerics, weights
from harness.testing.asking import outputs, truth
from harness.testing.cases import CNN_OPERATORS, NodeCase, node_cases
from harness.testing.checks import LEVELS, Check, Grade, Level, worst
from harness.testing.contract import broken_promises, contract
from harness.testing.divergence import Divergence, first_divergence
from harness.testing.models import sample_batch, tiny_model
from harness.testing.operators import operators
from harness.testing.refusals import refused

__all__ = [
    "CNN_OPERATORS",
    "LEVELS",
    "Check",
    "Divergence",
    "Grade",
    "Level",
    "NodeCase",
    "architecture",
    "broken_promises",
    "contract",
    "first_divergence",
    "node_cases",
    "numerics",
    "operators",
    "outputs",
    "refused",
    "sample_batch",
    "tiny_model",
    "truth",
    "weights",
    "worst",
]
