"""What a check says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Verdict: TypeAlias = Literal["ok", "beware", "spoils"]
VERDICTS: tuple[Verdict, ...] = ("ok", "beware", "spoils")
"""From best to worst."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What was found, how bad it is, and what to do about it if it is bad."""

    found: str
    verdict: Verdict = "ok"
    do: str = ""


def rising(value: float, beware: float, spoils: float) -> Verdict:
    """Return the verdict on what is worse the more there is of it."""
    return VERDICTS[(value >= beware) + (value >= spoils)]


def falling(value: float, beware: float, spoils: float) -> Verdict:
    """Return the verdict on what is worse the less there is of it."""
    return VERDICTS[(value < beware) + (value < spoils)]


def percent(share: float) -> str:
    """Return a share as it is printed."""
    return f"{100 * share:.1f} %"
