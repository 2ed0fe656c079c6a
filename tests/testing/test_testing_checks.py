from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.testing import Check, worst

if TYPE_CHECKING:
    from harness.testing import Grade


@pytest.mark.parametrize(
    ("grades", "expected"),
    [
        ((), "not applicable"),
        (("not applicable",), "not applicable"),
        (("not applicable", "pass"), "pass"),
        (("pass", "degraded"), "degraded"),
        (("degraded", "fail", "pass"), "fail"),
    ],
)
def test_the_worst_grade_stands_for_all(grades: tuple[Grade, ...], expected: Grade) -> None:
    checks = [Check(level="contract", name="asked", grade=grade) for grade in grades]
    assert worst(checks) == expected
