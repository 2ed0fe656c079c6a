"""Suites that ship with the harness: every TOML file beside this module."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import harness

if TYPE_CHECKING:
    from collections.abc import Iterable


@harness.hookimpl
def harness_suites() -> Iterable[harness.SuiteFile]:
    """Offer each file under its own name."""
    for path in sorted(Path(__file__).parent.glob("*.toml")):
        summary = tomllib.loads(path.read_text(encoding="utf-8")).get("summary", "")
        yield harness.SuiteFile(name=path.stem, summary=summary, path=path)
