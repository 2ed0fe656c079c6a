"""What a plugin author's own tests call."""

from __future__ import annotations

from harness.testing.checks import LEVELS, Check, Grade, worst
from harness.testing.contract import broken_promises
from harness.testing.models import sample_batch, tiny_model

__all__ = [
    "LEVELS",
    "Check",
    "Grade",
    "broken_promises",
    "sample_batch",
    "tiny_model",
    "worst",
]
