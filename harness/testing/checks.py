"""What was found out about a backend: one graded check at a time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable

Grade: TypeAlias = Literal["pass", "degraded", "fail", "not applicable"]
"""`degraded`: usable with care (it refuses something with an error, or is less exact than float32
allows); `fail`: a wrong answer, a broken promise, a crash; `not applicable`: what a backend's
formats exclude, or what cannot be had on this machine, and never a pass."""
Level: TypeAlias = Literal["contract", "operators", "architectures", "weights", "numerics"]
LEVELS: tuple[Level, ...] = ("contract", "operators", "architectures", "weights", "numerics")
"""In the order in which they are looked at: each rests on those before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One question and its answer."""

    level: Level
    name: str
    """What was asked: a promise, an operator or a model."""
    grade: Grade
    detail: str = ""
    """One line: what was seen, and of what is not a pass, why."""
    figures: dict[str, float] = field(default_factory=dict)
    """What was measured, by name; relative differences, counts, percentages."""
    settled: bool = True
    """False where the oracle, not the backend, gave no answer: what is asked stays open."""
    located: str = ""
    """The first operator at which it parts from the reference, where that could be found."""


def worst(checks: Iterable[Check]) -> Grade:
    """Return the grade that several checks have together; without any, `not applicable`."""
    grades = {each.grade for each in checks}
    order: tuple[Grade, ...] = ("fail", "degraded", "pass")
    return next((grade for grade in order if grade in grades), "not applicable")
