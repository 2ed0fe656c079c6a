from __future__ import annotations

import contextlib
import shlex
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from harness import decode, store
from harness.errors import StorageError, UsageError
from harness.types import Case, Contender, Job, Measurement, Record

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


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b'{"schema": 2, "rum_id": ""}', "unknown key 'rum_id'; did you mean 'run_id'"),
        (b'{"schema": 1, "environment": 5}', "Expected `object`, got `int` - at `environment`"),
        (b'{"schema": 2{"schema": 2}', "not JSON"),
        (b'{"schema": 2, "run_id": "\xff"}', "can't decode byte 0xff"),
        (b"", "not JSON"),
    ],
)
def test_a_damaged_line_is_named_with_what_drops_it(tmp_path: Path, line: bytes, told: str) -> None:
    folder = tmp_path / "a folder"
    for _ in range(2):
        store.append(folder, RECORD)
    path = folder / store.RECORDS
    first, second = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(first + line + b"\n" + second)
    with pytest.raises(StorageError) as raised:
        store.read(path)
    assert told in str(raised.value)
    assert "\n" not in str(raised.value)
    command = str(raised.value).rpartition("drop that line (")[2].partition(")")[0]
    if shutil.which("sed"):
        subprocess.run(shlex.split(command), check=True)
        assert store.read(path) == [RECORD, RECORD]


def test_a_newer_schema_is_refused_but_nothing_is_to_be_dropped(tmp_path: Path) -> None:
    path = tmp_path / store.RECORDS
    path.write_bytes(b'{"schema": 99}\n')
    with pytest.raises(StorageError, match=r"records.jsonl:1: schema 99") as raised:
        store.read(path)
    assert "drop" not in str(raised.value)


def test_records_of_the_first_schema_are_read_as_todays_and_stay_as_they_are(
    tmp_path: Path,
) -> None:
    path = tmp_path / store.RECORDS
    old = {**decode.plain(RECORD), "schema": 1, "environment": {"commit": "abc-dirty"}}
    del old["job"]["contender"]["label"]  # came later
    path.write_bytes(decode.encode(old) + b"\n")
    store.append(tmp_path, RECORD)
    today = replace(RECORD, environment={"commit": "abc", "dirty": True})
    assert store.read(path) == [today, RECORD]
    assert decode.json(path.read_bytes().splitlines()[0], dict, "", error=StorageError) == old


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


def test_a_calibration_is_never_the_latest(tmp_path: Path) -> None:
    store.append(tmp_path / "s" / "m", RECORD)
    calibration = replace(RECORD, run_id="2")
    store.append(tmp_path / store.CALIBRATION / "m", calibration)
    assert store.select(tmp_path, "latest") == [RECORD]
    assert store.select(tmp_path, "2") == [calibration]


def test_files_beside_selected_records_are_absolute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "runs" / "s" / "m"
    record = replace(RECORD, files={"predictions": "predictions/p.parquet"})
    store.append(folder, record)
    monkeypatch.chdir(tmp_path)
    for run in ("latest", "1", "runs", "runs/s/m/records.jsonl"):
        (found,) = store.select(Path("runs"), run)
        assert found.files == {"predictions": str(folder / "predictions" / "p.parquet")}
    assert store.read(folder / store.RECORDS) == [record]


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


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "card.json"
    with store.whole(path) as partial:
        partial.write_text("first")
    stopped: list[tuple[BaseException, type[BaseException]]] = [
        (OSError(28, "full"), StorageError),
        (KeyboardInterrupt(), KeyboardInterrupt),
    ]
    for error, told in stopped:
        with contextlib.suppress(told), store.whole(path) as partial:
            partial.write_text("sec")
            raise error
    assert [each.name for each in tmp_path.iterdir()] == ["card.json"]
    assert path.read_text() == "first"
