"""The built-in metrics: of images that have a class, and of images whose pixels have."""

from __future__ import annotations

from typing import TYPE_CHECKING

import harness
from harness_metrics import overlap, top_k

if TYPE_CHECKING:
    from collections.abc import Iterable


@harness.hookimpl
def harness_metrics() -> Iterable[harness.Metric]:
    """Offer Top-1, Top-5, mean IoU and pixel accuracy."""
    yield from top_k.metrics()
    yield from overlap.metrics()
