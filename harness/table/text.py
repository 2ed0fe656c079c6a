"""Figures as people read them: three significant digits and a fitting prefix; and lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

DURATIONS = ((1e-9, "ns"), (1e-6, "µs"), (1e-3, "ms"), (1.0, "s"))
COUNTS = ((1e6, "M"), (1e9, "G"), (1e12, "T"))
NAMED = 3
"""How many names a list holds before it counts the others."""


def number(value: float) -> str:
    """Return at least three significant digits: 0.0123, 12.3, 12,345."""
    if value == 0:
        return "0"
    exponent = int(f"{value:.2e}".partition("e")[2])  # of what is left after rounding
    return f"{value:,.{max(0, 2 - exponent)}f}"


def count(value: float) -> str:
    """Return a whole number: exact below a million, then 25.6 M."""
    return _scaled(value, COUNTS) if value >= COUNTS[0][0] else f"{value:,.0f}"


def duration(value: float) -> str:
    """Return seconds as 812 µs or 5.12 ms."""
    return _scaled(value, DURATIONS)


def mebibytes(value: float) -> str:
    """Return bytes in MiB, without the unit."""
    return number(value / 2**20)


def percent(value: float) -> str:
    """Return two decimals."""
    return f"{value:.2f}"


def share(value: float) -> str:
    """Return one decimal."""
    return f"{value:.1f}"


def scientific(value: float) -> str:
    """Return one decimal and an exponent: 3.1e-07."""
    return f"{value:.1e}" if value else "0"


def some(names: Iterable[str]) -> str:
    """Return the first of the names, and how many more there are."""
    every = list(dict.fromkeys(names))
    rest = len(every) - NAMED
    return ", ".join(every[:NAMED]) + (f" and {rest} more" if rest > 0 else "")


def _scaled(value: float, steps: tuple[tuple[float, str], ...]) -> str:
    almost = 0.9995  # what would be written as 1,000 takes the next prefix
    step, prefix = next(
        (each for each in reversed(steps) if value >= almost * each[0]),
        steps[0],
    )
    return f"{number(value / step)} {prefix}"
