"""What the documents show."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="session")
def page() -> Callable[[str], str]:
    """Return a reader of pages."""
    return lambda name: (ROOT / "docs" / name).read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def blocks(page: Callable[[str], str]) -> Callable[[str, str], list[str]]:
    """Return a reader of the code of one language on a page."""
    return lambda name, language: re.findall(rf"```{language}\n(.*?)```", page(name), re.DOTALL)
