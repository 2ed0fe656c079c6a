"""Where a report goes: the terminal, a file that is replaced whole, or a device or pipe."""

from __future__ import annotations

import errno
import os
import secrets
import stat
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from harness.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def opened(output: Path | None) -> Iterator[Callable[[str], None]]:
    """Give what writes a report; what cannot be written is told before the work begins.

    A link is followed. Only a file is replaced, by one that is complete.
    """
    if output is None:
        yield lambda text: typer.echo(text.rstrip("\n"))
        return
    with _told(output):
        is_replaced = _is_file(output)
    if not is_replaced:
        yield lambda text: _write(output, text)
        return
    final = Path(os.path.realpath(output))
    fresh = final.with_name(f".harness-{secrets.token_hex(8)}")
    with _told(output):
        final.parent.mkdir(parents=True, exist_ok=True)
        fresh.touch(exist_ok=False)

    def write(text: str) -> None:
        with _told(output):
            fresh.write_text(text, encoding="utf-8")
            fresh.replace(final)

    try:
        yield write
    finally:
        with suppress(OSError):  # its folder may be gone by now
            fresh.unlink()


def _is_file(output: Path) -> bool:
    """Return whether a file stands there, or nothing yet, and no device or pipe.

    Raises `OSError` for what cannot be written to.
    """
    try:
        mode = output.stat().st_mode
    except FileNotFoundError:
        return True
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not os.access(output, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    return stat.S_ISREG(mode)


def _write(output: Path, text: str) -> None:
    with _told(output):
        output.write_text(text, encoding="utf-8")


@contextmanager
def _told(output: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        message = f"cannot write {output}: {error.strerror}; choose another --output"
        raise StorageError(message) from error
