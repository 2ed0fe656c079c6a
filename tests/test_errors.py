from __future__ import annotations

import pytest

from harness.errors import ModelError, reason


class Silent(Exception):  # noqa: N818 - an engine's own
    def __str__(self) -> str:
        raise RuntimeError


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (ModelError("LRN is\n  unknown"), "LRN is unknown"),
        (ValueError("3\x1b[0m"), "ValueError: 3 [0m"),
        (MemoryError(), "MemoryError"),
        (Silent(), "Silent"),
    ],
)
def test_what_an_error_says_is_one_printable_line(error: Exception, line: str) -> None:
    assert reason(error) == line
