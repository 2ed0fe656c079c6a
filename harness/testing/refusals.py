"""What it is worth when a backend raises or ends instead of answering."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness import errors
from harness.errors import StorageError, UnavailableError
from harness.process import ChildError
from harness.protocol import FULL
from harness.testing.checks import Check

if TYPE_CHECKING:
    from harness.testing.checks import Grade, Level

FAULTS = (Exception, SystemExit)
"""What a backend may raise without ending the questions."""
STATUSES: dict[str, Grade] = {
    "skipped": "not applicable",
    "timeout": "fail",
    "killed": "fail",
    "wrong": "fail",
}
"""What a child's error is worth by its status; any other is a refusal, unless the child ended."""


def refused(level: Level, name: str, error: BaseException) -> Check:
    """Return what an error instead of an answer is worth.

    What this machine lacks is not applicable, a child that died or hung has failed, and all else
    is a refusal: whoever asked was told.
    """
    grade: Grade = "degraded"
    if isinstance(error, UnavailableError):
        grade = "not applicable"
    if isinstance(error, ChildError):
        grade = "fail" if error.ended else STATUSES.get(error.status, grade)
    return Check(level=level, name=name, grade=grade, detail=reason(error))


def full(error: BaseException) -> StorageError | None:
    """Return an error that is the disk's, and so no answer of a backend's, or None."""
    if isinstance(error, StorageError):
        return error
    if isinstance(error, OSError) and error.errno in FULL:
        where = error.filename or "a temporary file"
        return StorageError(f"cannot write {where}: {error.strerror}; free space or set TMPDIR")
    return None


def let_pass(error: BaseException) -> None:
    """Raise an error that is the disk's."""
    if disk := full(error):
        raise disk


def reason(error: BaseException) -> str:
    """Return what an error says on one line, with its kind where it is not one of ours."""
    return error.reason if isinstance(error, ChildError) else errors.reason(error)
