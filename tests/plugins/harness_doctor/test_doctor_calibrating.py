from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness import store
from harness.errors import UnavailableError, UnknownNameError
from harness.types import Case, Contender, Job, Record
from harness_doctor import calibrating
from harness_doctor.calibrating import Wish

if TYPE_CHECKING:
    from pathlib import Path

    from harness.catalog import Catalogs


def wish(backend: str = "numpy", model: str = "tiny:net") -> Wish:
    return Wish(backend=backend, model=model, device="cpu", runs=2, rounds=2)


def record(elsewhere: float) -> Record:
    case = Case(model="", weights="", artefact="", subset=None, device="", precision="")
    contender = Contender(backend="", version="")
    return Record(
        schema=store.SCHEMA,
        run_id="",
        group_run_id="",
        job=Job(kind="speed", key="", case=case, contender=contender),
        status="ok",
        details={"conditions": {"elsewhere_cores": elsewhere}},
        environment={"machine": "vm-1", "cores": 2, "logical_cores": 2},
    )


def test_one_backend_is_timed_against_itself_and_nothing_else_is_done(
    tiny: Catalogs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calibrating, "BATCH_SIZES", [2])
    told: list[str] = []
    records = calibrating.calibrate(wish(), tmp_path, tiny, told.append)
    assert told == ["group 1 of 2", "group 2 of 2"]
    sides = sorted((each.job.kind, each.job.contender.label) for each in records)
    assert sides == [("speed", "a"), ("speed", "a"), ("speed", "b"), ("speed", "b")]
    assert {each.job.contender.backend for each in records} == {"numpy"}
    assert len({each.group_run_id for each in records}) == 2
    [path] = tmp_path.rglob(store.RECORDS)
    assert path.parent.parent == tmp_path / "calibration"
    assert [each.job.key for each in store.read(path)] == [each.job.key for each in records]
    first, *_ = calibrating.told(records, tmp_path)
    assert "differences under" in first
    assert f"(2 groups in {path.parent})" in first


def test_a_backend_that_fails_tells_why(
    tiny: Catalogs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calibrating, "BATCH_SIZES", [2])
    told: list[str] = []
    with pytest.raises(UnavailableError, match=r"crash on tiny:net: failed: .*exit code 3"):
        calibrating.calibrate(wish("crash"), tmp_path, tiny, told.append)
    assert told == []


def test_weights_are_drawn_unless_a_file_holds_them(tiny: Catalogs) -> None:
    assert calibrating.suite_of(wish(), tiny).models[0].weights == "pretrained"
    pytest.importorskip("torch")
    assert calibrating.suite_of(wish(model="zoo:lenet5"), tiny).models[0].weights == "random"


def test_a_source_that_is_not_installed_names_other_models(
    tiny: Catalogs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calibrating, "missing", lambda _: "timm not installed (pip install timm)")
    with pytest.raises(UnavailableError) as error:
        calibrating.suite_of(wish(model="timm:resnet18"), tiny)
    assert str(error.value) == (
        "timm:resnet18: timm not installed (pip install timm); "
        "or choose another with --model: zoo:lenet5 (needs torch) or onnx:PATH"
    )


def test_unknown_names_are_refused_before_anything_is_measured(tiny: Catalogs) -> None:
    with pytest.raises(UnknownNameError, match="no backend named 'nunpy'; did you mean 'numpy'"):
        calibrating.suite_of(wish("nunpy"), tiny)
    with pytest.raises(UnknownNameError, match="no model source named 'tinny'"):
        calibrating.suite_of(wish(model="tinny:net"), tiny)


def test_company_is_told_with_what_to_do_about_it(tmp_path: Path) -> None:
    assert list(calibrating.told([record(0.05), record(0.09)], tmp_path)) == []
    [line] = calibrating.told([record(0.05), record(0.8)], tmp_path)
    assert line == (
        "other processes used up to 0.8 of 2 cores meanwhile: stop them, remove "
        f"{tmp_path}/calibration/vm-1 and calibrate again for the noise of this machine alone"
    )
