"""The cache: a folder for each artefact, data set and lot of decoded images, made once."""

from __future__ import annotations

import hashlib
import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

import filelock
import platformdirs

from harness import decode
from harness.errors import StorageError
from harness.types import Form

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from harness.types import Json, Node


def root() -> Path:
    """Return the cache's folder: `HARNESS_CACHE`, or the platform's user cache folder."""
    given = os.environ.get("HARNESS_CACHE")
    if not given:
        return platformdirs.user_cache_path("cnn-harness")
    return decode.path(given).absolute()


def digest(noun: object) -> str:
    """Return the sha256 of a noun's canonical JSON, in hexadecimal."""
    return hashlib.sha256(decode.canonical(noun)).hexdigest()


def file_digest(path: Path) -> str:
    """Return the sha256 of a file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def form(folder: Path, file: str, node: Node, details: dict[str, Json]) -> Form:
    """Return the form that a file of an artefact's folder holds."""
    path = folder / file
    return Form(
        node=node, file=file, sha256=file_digest(path), size=path.stat().st_size, details=details
    )


def folder(kind: str, name: str, fill: Callable[[Path], None]) -> Path:
    """Return the folder `kind`/`name`, filled once even when several processes ask for it.

    `fill` writes into a folder of its own, which takes its name only when it is complete, so an
    interrupted fill leaves nothing that looks finished.
    """
    final = root() / kind / name
    if final.is_dir():
        return final
    with locked(final):
        if final.is_dir():
            return final
        partial = final.with_name(f"{final.name}.partial")
        shutil.rmtree(partial, ignore_errors=True)
        with writable(partial):
            partial.mkdir(parents=True)
        fill(partial)
        with writable(final):
            partial.rename(final)
    return final


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock beside a path of the cache."""
    with writable(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(path.with_name(f"{path.name}.lock"))
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


@contextmanager
def alone(what: str) -> Iterator[None]:
    """Hold the machine for one run; a second one raises at once instead of waiting."""
    path = root() / f"{what}.lock"
    with writable(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(path, timeout=0)
        try:
            lock.acquire()
        except filelock.Timeout as reason:
            message = "another run is measuring on this machine; two at once spoil each other"
            raise StorageError(message) from reason
    try:
        yield
    finally:
        lock.release()


@contextmanager
def writable(path: Path) -> Iterator[None]:
    """Turn a failure to write below the cache into one line that says how to mend it."""
    try:
        yield
    except OSError as reason:
        message = (
            f"cannot write {path}: {reason.strerror or reason}; "
            "free space or point HARNESS_CACHE at a folder that can be written"
        )
        raise StorageError(message) from reason
