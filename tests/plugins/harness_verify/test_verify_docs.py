"""What docs/verify.md says is true."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

from harness.testing.answers import ALONE, FLOOR, MARGIN
from harness.testing.checks import LEVELS, Grade
from harness_verify.classics import CLASSICS, MOST
from harness_verify.pieces import DEATHS

TEXT = (Path(__file__).parents[3] / "docs" / "verify.md").read_text(encoding="utf-8")


def test_every_level_and_grade_is_explained() -> None:
    assert tuple(re.findall(r"^\| `(\w+)` \|", TEXT, re.MULTILINE)) == LEVELS
    for grade in get_args(Grade):
        assert re.search(rf"^\| {grade} \|", TEXT, re.MULTILINE), grade


def test_the_networks_are_counted() -> None:
    assert len(CLASSICS) == 15
    assert "fifteen classics" in TEXT
    assert f"on up to {MOST} real images each" in TEXT


def test_the_bounds_are_given() -> None:
    assert (MARGIN, DEATHS) == (4, 10)
    text = " ".join(TEXT.split())
    assert "More than four times the median of the others" in text
    assert f"more than {FLOOR:.1e} is degraded, or more than {ALONE:.1e} where nobody" in text
    assert "operators after ten that ended a process" in text
