from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.table import text

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.types import Record

    Make = Callable[..., Record]


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, "0 ns"),
        (4.2e-8, "42.0 ns"),
        (8.12e-4, "812 µs"),
        (9.996e-4, "1.00 ms"),
        (0.0483, "48.3 ms"),
        (12.34, "12.3 s"),
        (1234.5, "1,234 s"),
    ],
)
def test_durations_take_the_fitting_unit(seconds: float, expected: str) -> None:
    assert text.duration(seconds) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (5, "5"),
        (61_706, "61,706"),
        (999_400, "999,400"),
        (25_557_032, "25.6 M"),
        (4.09e9, "4.09 G"),
    ],
)
def test_counts_are_exact_below_a_million(value: float, expected: str) -> None:
    assert text.count(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0, "0"), (0.01234, "0.0123"), (9.87, "9.87"), (99.96, "100"), (12_345.6, "12,346")],
)
def test_numbers_have_three_significant_digits_or_all_whole_ones(
    value: float, expected: str
) -> None:
    assert text.number(value) == expected
