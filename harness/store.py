"""Records on disk: append-only JSON lines, one folder for each suite and machine.

runs/<suite>/<machine>/records.jsonl
predictions/  samples/  logs/
"""

from __future__ import annotations

import errno
import os
import shlex
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness import decode
from harness.errors import StorageError, UsageError
from harness.types import Record
from harness.upgrade import upgraded

if TYPE_CHECKING:
    import io
    from collections.abc import Iterable, Iterator
    from pathlib import Path

SCHEMA = 2
RECORDS = "records.jsonl"
CALIBRATION = "calibration"
"""The suite by which a machine's noise is measured: never meant by `latest`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """The records of a run, and the folder of results that it lies in."""

    records: list[Record]
    folder: Path


def append(folder: Path, record: Record) -> None:
    """Write a record down at once; on return it survives whatever happens next."""
    path = folder / RECORDS
    with writable(path), path.open("ab", buffering=0) as stream:
        start = stream.tell()
        line = decode.encode(record) + b"\n"
        try:
            _write(stream, line)
        except OSError:
            stream.truncate(start)
            raise


@contextmanager
def writable(path: Path) -> Iterator[None]:
    """Make a result file's folder; a failure to write it becomes one line that says what to do."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as reason:
        message = (
            f"cannot write {path}: {reason.strerror}; what was measured before is kept: "
            "mend it and run again to continue"
        )
        raise StorageError(message) from reason


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Give the path to write to; it becomes the file's once that is done, or nothing stays."""
    partial = path.with_name(f"{path.name}.partial")
    with writable(path):
        try:
            yield partial
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)


def write_plan(folder: Path, run_id: str, keys: Iterable[str], *, keep: bool = False) -> None:
    """Write down which jobs a run consists of now; records of others are superseded.

    `keep` adds to what was planned before.
    """
    before = (_plan(folder, run_id) or []) if keep else []
    path = folder / "plans" / f"{run_id}.json"
    with whole(path) as partial:
        partial.write_bytes(decode.encode(list(dict.fromkeys([*before, *keys]))))


def planned(records: Iterable[Record], folder: Path) -> list[Record]:
    """Return the records whose jobs are still in the plan of their run."""
    found = list(records)
    plans = {run_id: _plan(folder, run_id) for run_id in {record.run_id for record in found}}
    return [
        record
        for record in found
        if (plan := plans[record.run_id]) is None or record.job.key in plan
    ]


def mend(folder: Path) -> None:
    """Cut off a last line that an interrupted writer left unfinished."""
    path = folder / RECORDS
    with writable(path):
        if not path.exists():
            return
        content = path.read_bytes()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            os.truncate(path, whole)


def read(path: Path) -> list[Record]:
    """Return a file's records; a last line without its end is an interrupted write, left out."""
    try:
        content = path.read_bytes()
    except OSError as reason:
        message = f"{path}: cannot be read: {reason.strerror}"
        raise StorageError(message) from reason
    lines = content.split(b"\n")[:-1]
    return [_record(line, path, number) for number, line in enumerate(lines, 1)]


def read_planned(path: Path) -> list[Record]:
    """Return a file's records but for those of jobs that their run no longer plans."""
    return planned(read(path), path.parent)


def select(runs: Path, run: str) -> list[Record]:
    """Return the records that RUN names: a file, a folder, a run_id or `latest`.

    The paths of the files beside them are absolute.
    """
    from pathlib import Path as File

    given = File(run)
    if given.is_file():
        return _newest(_located(given))
    if given.is_dir():
        files = sorted(given.rglob(RECORDS))
        if not files:
            message = f"{given}: holds no {RECORDS}"
            raise UsageError(message)
        return [record for path in files for record in _newest(_located(path))]
    files = sorted(runs.rglob(RECORDS), key=lambda path: path.stat().st_mtime)
    suites = [path for path in files if path.parent.parent.name != CALIBRATION]
    if run == "latest" and suites:
        return _newest(_located(suites[-1]))
    every = [record for path in files for record in _located(path)]
    found = [record for record in every if record.run_id == run]
    if not found:
        known = sorted({record.run_id for record in every})
        message = (
            f"no run {run!r} under {runs}; give a file, a folder, 'latest' or a run_id "
            f"({', '.join(known[-3:]) or 'there is none yet: harness run quickstart'})"
        )
        raise UsageError(message)
    return found


def last_run_id(records: Iterable[Record]) -> str | None:
    """Return the run_id of the newest record."""
    return max((record.run_id for record in records), default=None)


def _plan(folder: Path, run_id: str) -> list[str] | None:
    path = folder / "plans" / f"{run_id}.json"
    if not path.exists():
        return None
    return decode.json(path.read_bytes(), list[str], str(path), error=StorageError)


def _write(stream: io.FileIO, line: bytes) -> None:
    if stream.write(line) != len(line):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    os.fsync(stream.fileno())


def _newest(records: list[Record]) -> list[Record]:
    newest = last_run_id(records)
    return [record for record in records if record.run_id == newest]


def _located(path: Path) -> list[Record]:
    """Return a file's planned records, the files beside them by their absolute paths."""
    folder = path.resolve().parent
    return [
        replace(record, files={role: str(folder / file) for role, file in record.files.items()})
        for record in read_planned(path)
    ]


def _record(line: bytes, path: Path, number: int) -> Record:
    where = f"{path}:{number}"
    try:
        data = upgraded(decode.json(line, dict, where, error=StorageError))
        if data.get("schema") == SCHEMA:
            return decode.convert(data, Record, where, error=StorageError)
    except StorageError as reason:
        message = (
            f"{reason}; drop that line (sed -i {number}d {shlex.quote(str(path))}): "
            "the next run measures again what only it held"
        )
        raise StorageError(message) from reason
    message = (
        f"{where}: schema {data.get('schema')!r} where {SCHEMA} and older are read; "
        "use the version of cnn-harness that wrote it"
    )
    raise StorageError(message)
