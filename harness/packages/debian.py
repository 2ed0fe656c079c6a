"""Debian: `apt-get download` fetches a package, `dpkg-deb` turns it into a tar of its files."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from harness.errors import UnavailableError
from harness.packages import client

if TYPE_CHECKING:
    from pathlib import Path

WORD = "Debian"
SIGN = "="


def download(requirement: str, folder: Path) -> Path:
    """Return a tar of the package's files, made in a folder; apt verifies what it fetches."""
    package = f"{WORD} {requirement}"
    command = [
        _tool("apt-get", requirement),
        "download",
        requirement,
        "--option=Acquire::Retries=1",
        "--option=Acquire::http::Timeout=15",
        "--option=Acquire::https::Timeout=15",
    ]
    client.run(command, package, folder)
    archive = client.only(folder, "*.deb", package)
    files = archive.with_suffix(".tar")
    command = [_tool("dpkg-deb", requirement), "--fsys-tarfile", str(archive)]
    with files.open("wb") as stream:
        client.run(command, package, folder, stream)
    return files


def _tool(name: str, requirement: str) -> str:
    if found := shutil.which(name):
        return found
    message = (
        f"{name} is not installed, and it fetches Debian's {requirement}; "
        "give the path of a folder that holds its files"
    )
    raise UnavailableError(message)
