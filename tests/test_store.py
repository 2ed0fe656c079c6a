from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from harness import store
from harness.errors import StorageError, UsageError
from harness.types import Case, Contender, Job, Measurement, Record

if TYPE_CHECKING:
    from pathlib import Path

RECORD = Record(
    schema=store.SCHEMA,
    run_id="1",
    group_run_id="g",
    job=Job(
        kind="speed",
        key="k",
        case=Case(
            model="m", weights="w", artefact="a", subset=None, device="cpu", precision="fp32"
        ),
        contender=Contender(backend="b", version="1"),
    ),
    status="ok",
    measurements=(Measurement(name="latency", unit="ns", value=1.5, n=3),),
)


def test_what_is_appended_is_read_back(tmp_path: Path) -> None:
    other = replace(RECORD, status="failed", reason="why")
    store.append(tmp_path / "new", RECORD)
    store.append(tmp_path / "new", other)
    assert store.read(tmp_path / "new" / store.RECORDS) == [RECORD, other]


def test_an_interrupted_write_is_left_out_and_mended(tmp_path: Path) -> None:
    store.append(tmp_path, RECORD)
    path = tmp_path / store.RECORDS
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:40])
    assert store.read(path) == [RECORD]
    store.mend(tmp_path)
    assert path.read_bytes() == whole
    store.append(tmp_path, RECORD)
    assert store.read(path) == [RECORD, RECORD]


def test_a_damaged_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / store.RECORDS
    path.write_bytes(b'{"schema": 1, "rum_id": ""}\n')
    with pytest.raises(StorageError, match=r"records.jsonl:1: unknown key 'rum_id'.*'run_id'"):
        store.read(path)


def test_another_schema_is_refused(tmp_path: Path) -> None:
    path = tmp_path / store.RECORDS
    path.write_bytes(b'{"schema": 99}\n')
    with pytest.raises(StorageError, match="schema 99"):
        store.read(path)


def test_a_full_disk_keeps_what_was_written_and_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.append(tmp_path, RECORD)
    before = (tmp_path / store.RECORDS).read_bytes()

    def full(descriptor: int) -> None:
        del descriptor
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(StorageError, match="No space left on device; what was measured before"):
        store.append(tmp_path, RECORD)
    assert (tmp_path / store.RECORDS).read_bytes() == before


def test_a_run_is_a_file_a_folder_an_id_or_the_latest(tmp_path: Path) -> None:
    first, second = tmp_path / "a" / "m", tmp_path / "b" / "m"
    store.append(first, RECORD)
    store.append(second, replace(RECORD, run_id="2"))
    newest = replace(RECORD, run_id="3")
    store.append(second, newest)
    assert store.select(tmp_path, "latest") == [newest]
    assert store.select(tmp_path, "1") == [RECORD]
    assert store.select(tmp_path, str(second)) == [newest]
    assert store.select(tmp_path, str(first / store.RECORDS)) == [RECORD]
    assert len(store.select(tmp_path, str(tmp_path))) == 2


def test_an_unknown_run_is_told_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="harness run quickstart"):
        store.select(tmp_path, "latest")
    store.append(tmp_path, RECORD)
    with pytest.raises(UsageError, match=r"no run '7' .*\(1\)"):
        store.select(tmp_path, "7")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="holds no"):
        store.select(tmp_path, str(tmp_path / "empty"))


def test_records_of_jobs_no_longer_planned_are_left_out(tmp_path: Path) -> None:
    dropped = replace(RECORD, job=replace(RECORD.job, key="dropped"))
    for record in (RECORD, dropped):
        store.append(tmp_path, record)
    assert store.select(tmp_path, "latest") == [RECORD, dropped]
    store.write_plan(tmp_path, "1", ["k"])
    assert store.select(tmp_path, "latest") == [RECORD]
    assert store.read(tmp_path / store.RECORDS) == [RECORD, dropped]
