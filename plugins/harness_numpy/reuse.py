"""Which steps may write their result over their input, so that its memory is used again."""

from __future__ import annotations

import inspect
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness_numpy.graph import Step

FRESH = frozenset({"Add", "AveragePool", "Concat", "Conv", "Gemm", "MaxPool", "Mul"})
"""Operators whose result is memory of their own: never a view of an input, never a weight. So is
that of every operator that takes an `out`."""


def overwriting(steps: tuple[Step, ...], output: str) -> Iterator[Step]:
    """Yield the steps; those that take an `out` overwrite a fresh input that nobody else reads."""
    readers = Counter(name for step in steps for name in step.inputs)
    readers[output] += 1
    fresh: set[str] = set()
    for step in steps:
        own = "out" in inspect.signature(step.compute).parameters
        first = step.inputs[0] if step.inputs else ""
        yield replace(step, overwrites=own and first in fresh and readers[first] == 1)
        if own or step.kind in FRESH:
            fresh |= {*step.outputs}
