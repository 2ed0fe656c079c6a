"""Ways to write a verdict down."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from harness import decode
from harness_verify.report import markdown, text

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness_verify.verdict import Verdict


def _json(found: Verdict) -> str:
    return decode.encode(found).decode() + "\n"


FORMATS: dict[str, Callable[[Verdict], str]] = {
    "text": text.render,
    "markdown": markdown.render,
    "json": _json,
}
COLOURED = partial(text.render, coloured=True)
"""The text, for a terminal."""
