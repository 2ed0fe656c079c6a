"""Findings in each of the formats."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness import decode
from harness_inspect.report import markdown, sheet, text

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness_inspect.explanation import Findings


def _json(found: Findings) -> str:
    return f"{decode.encode(found).decode()}\n"


FORMATS: dict[str, Callable[[Findings], str]] = {
    "text": text.render,
    "json": _json,
    "markdown": markdown.render,
    "csv": sheet.render,
}
