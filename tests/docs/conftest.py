"""What the documents show, and the command that they show it with."""

from __future__ import annotations

import os
import re
import subprocess
import sys
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


@pytest.fixture(scope="session")
def python() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Return a caller of `python -m`, where a folder may hold installed packages."""

    def call(
        *arguments: str | Path, folder: Path, site: Path = ROOT
    ) -> subprocess.CompletedProcess[str]:
        paths = os.pathsep.join(map(str, (site, ROOT, ROOT / "plugins")))
        return subprocess.run(
            [sys.executable, "-P", "-m", *map(str, arguments)],
            capture_output=True,
            text=True,
            check=False,
            cwd=folder,
            env=os.environ | {"PYTHONPATH": paths, "COLUMNS": "160"},
        )

    return call
