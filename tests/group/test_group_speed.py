from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from harness import environment, run, store
from harness.group import room
from harness.table import table

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness.catalog import Catalogs
    from harness.progress import Progress
    from harness.suite import Suite
    from harness.types import Record

    MakeSuite = Callable[..., Suite]


def speeds(records: list[Record]) -> dict[str, Record]:
    return {each.job.contender.name: each for each in records if each.job.kind == "speed"}


def names(record: Record) -> set[str]:
    return {each.name for each in record.measurements if each.value is not None}


@pytest.fixture
def crowded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "crowded", lambda *_given: "together they need 9.0 GiB of memory")


def test_rounds_are_spread_over_fresh_processes(
    tiny: Catalogs, make_suite: MakeSuite, tmp_path: Path, silent: Progress
) -> None:
    speed = {"rounds": 5, "processes": 2}
    chosen = make_suite("numpy", "onnxruntime", "two_faced", speed=speed)
    records = speeds(run.run(chosen, tmp_path, tiny, silent))
    folder = next(tmp_path.rglob(store.RECORDS)).parent
    for name in ("numpy", "onnxruntime"):
        record = records[name]
        assert record.details["round_process"] == [1, 1, 1, 2, 2]
        assert [each.n for each in record.measurements if each.name == "load_time"] == [2]
        with np.load(folder / record.files["samples"]) as samples:
            assert set(samples["round"]) == {0, 1, 2, 3, 4}
    assert records["two_faced"].status == "wrong"


def test_a_single_process_lasts_however_many_rounds_there_are(
    tiny: Catalogs, make_suite: MakeSuite, tmp_path: Path, silent: Progress
) -> None:
    speed = {"rounds": 2, "processes": 1, "precision_target": 1.0, "time_limit_seconds": 60}
    record = speeds(run.run(make_suite("numpy", speed=speed), tmp_path, tiny, silent))["numpy"]
    assert set(record.details["round_process"]) == {1}
    assert len(record.details["round_process"]) >= 6


def test_no_process_lasts_less_than_a_round(
    tiny: Catalogs, make_suite: MakeSuite, tmp_path: Path, silent: Progress
) -> None:
    chosen = make_suite("numpy", speed={"rounds": 2, "processes": 6})
    record = speeds(run.run(chosen, tmp_path, tiny, silent))["numpy"]
    assert record.details["round_process"] == [1, 2]


@pytest.mark.usefixtures("crowded")
def test_where_memory_is_short_each_is_loaded_again_for_its_turn(
    tiny: Catalogs, make_suite: MakeSuite, tmp_path: Path, silent: Progress
) -> None:
    chosen = make_suite("numpy", "onnxruntime", "null", "crash", speed={"rounds": 3})
    records = speeds(run.run(chosen, tmp_path, tiny, silent))
    folder = next(tmp_path.rglob(store.RECORDS)).parent
    for name in ("numpy", "onnxruntime", "null"):
        record = records[name]
        assert record.details["crowded"] == "together they need 9.0 GiB of memory"
        assert len(record.details["round_medians"]) == 3
        with np.load(folder / record.files["samples"]) as samples:
            assert set(samples["round"]) == {0, 1, 2}
    assert records["crash"].status == "failed"
    assert not list(folder.rglob("*.part.npz"))


def test_contenders_that_fit_stay_loaded_and_say_what_went_on_meanwhile(
    tiny: Catalogs, make_suite: MakeSuite, tmp_path: Path, silent: Progress
) -> None:
    records = speeds(run.run(make_suite("numpy", "null"), tmp_path, tiny, silent))
    numpy, null = records["numpy"], records["null"]
    assert numpy.details["crowded"] == numpy.details["stopped"] == ""
    assert numpy.details["conditions"]["seconds"] > 0
    assert numpy.details["thread_pools"]
    assert "peak_share" in names(numpy)
    assert "peak_share" not in {each.name for each in null.measurements}
    assert (numpy.details["conditions"], numpy.group_run_id) == (
        null.details["conditions"],
        null.group_run_id,
    )


def test_a_time_limit_ends_the_rounds_and_says_what_was_not_met(
    tiny: Catalogs, make_suite: MakeSuite, tmp_path: Path, silent: Progress
) -> None:
    limited = {"rounds": 10_000, "time_limit_seconds": 0.5}
    record = speeds(run.run(make_suite("numpy", speed=limited), tmp_path, tiny, silent))["numpy"]
    rounds = len(record.details["round_medians"])
    assert 0 < rounds < 10_000
    assert record.details["stopped"] == f"at the time limit of 0.5 s: {rounds} of 10000 rounds"
    assert record.status == "ok"


def test_a_precision_target_asks_for_more_rounds(
    tiny: Catalogs, make_suite: MakeSuite, tmp_path: Path, silent: Progress
) -> None:
    loose = {"rounds": 2, "precision_target": 1.0, "time_limit_seconds": 60}
    record = speeds(run.run(make_suite("numpy", speed=loose), tmp_path, tiny, silent))["numpy"]
    assert len(record.details["round_medians"]) >= 6  # fewer have no interval
    latency = next(each for each in record.measurements if each.name == "latency")
    assert latency.low is not None


def test_one_backend_may_stand_twice_under_labels(
    tiny: Catalogs, make_suite: MakeSuite, tmp_path: Path, silent: Progress
) -> None:
    chosen = make_suite("numpy", backends=[{"name": "numpy", "label": each} for each in "ab"])
    records = run.run(chosen, tmp_path, tiny, silent)
    assert set(speeds(records)) == {"a", "b"}
    assert [row.cells["backend"].text for row in table(records).rows] == ["a", "b"]


def test_memory_that_was_measured_decides_whether_all_are_loaded_together(
    tiny: Catalogs, make_suite: MakeSuite, tmp_path: Path, silent: Progress, short: None
) -> None:
    del short
    records = run.run(make_suite("numpy", "onnxruntime"), tmp_path, tiny, silent)
    crowded = speeds(records)["numpy"].details["crowded"]
    needed = sum(
        figure.value or 0
        for record in records
        if record.job.kind == "memory"
        for figure in record.measurements
        if figure.name == "memory_peak"
    )
    assert crowded == f"together they need {needed / 2**30:.1f} GiB of memory, 0.0 GiB are free"


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "memory_available", lambda: 1000)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos" / "bright"
    folder.mkdir(parents=True)
    for shade in (10, 200):
        Image.new("L", (9, 9), shade).save(folder / f"{shade}.png")
    (folder.parent / "classes.toml").write_text('label_space = "mine"\nclasses = ["bright"]\n')
    return folder.parent


def test_end_to_end_spans_from_the_image_file_to_its_answer(
    tiny: Catalogs, make_suite: MakeSuite, tmp_path: Path, silent: Progress, photos: Path
) -> None:
    data = {"name": "imagefolder", "path": str(photos)}
    keys: dict[str, Any] = {"data": data, "speed": {"scenario": "end-to-end"}}
    records = speeds(run.run(make_suite("numpy", **keys), tmp_path / "runs", tiny, silent))
    assert records["numpy"].status == "ok"
    assert records["numpy"].job.case.scenario == "end-to-end"
    assert records["numpy"].job.case.batch_size == 1


def test_images_that_are_no_files_cannot_be_timed_from_file_to_answer(
    tiny: Catalogs, make_suite: MakeSuite, tmp_path: Path, silent: Progress
) -> None:
    chosen = make_suite("numpy", speed={"scenario": "end-to-end"})
    record = speeds(run.run(chosen, tmp_path, tiny, silent))["numpy"]
    assert record.status == "skipped"
    assert "images are not files" in record.reason
