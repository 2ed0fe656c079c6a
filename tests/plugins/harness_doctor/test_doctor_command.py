from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
from typer.testing import CliRunner

import harness_doctor
from harness.errors import UnavailableError
from harness_doctor import calibrating, examination
from harness_doctor.calibrating import Wish
from harness_doctor.ceilings import Ceiling
from harness_doctor.noise import of
from harness_doctor.report import Findings

if TYPE_CHECKING:
    from collections.abc import Callable

    from typer.testing import Result

    from harness.catalog import Catalogs

COMMANDS = {each.name: each for each in harness_doctor.harness_commands()}
CEILING = Ceiling(best=2e9, median=1e9, times=2, how="rows")


def invoke(name: str, *arguments: str) -> Result:
    return CliRunner().invoke(COMMANDS[name].app(lambda: cast("Catalogs", None)), arguments)


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Return the folders that examinations were asked about; each finds the same."""
    asked: list[Path] = []

    def examined(out: Path) -> Findings:
        asked.append(out)
        return Findings(
            machine="vm-1",
            cpu="CPU",
            cores=2,
            matrix_product=CEILING,
            memory=CEILING,
            gpu=None,
            noise=of([1, 1, 1], sleeps=[1], resolution_ns=1),
            checks=[],
            hidden=[],
        )

    monkeypatch.setattr(examination, "examined", examined)
    return asked


def test_doctor_prints_for_a_person(seen: list[Path]) -> None:
    result = invoke("doctor", "--out", "there")
    assert result.exit_code == 0
    assert "matrix product  2.0 GFLOP/s" in result.stdout
    assert seen == [Path("there")]


def test_doctor_prints_json(seen: list[Path]) -> None:
    found = json.loads(invoke("doctor", "--json").stdout)
    assert seen == [Path("results")]
    assert found["matrix_product"]["best"] == 2e9
    assert found["checks"] == []
    assert found["gpu"] is None


def calibration(outcome: Callable[..., Any], patched: pytest.MonkeyPatch) -> None:
    patched.setattr(calibrating, "calibrate", outcome)
    patched.setattr(calibrating, "told", lambda records, runs: [f"{len(records)} in {runs}"])


def test_calibrate_measures_what_is_wished_for(monkeypatch: pytest.MonkeyPatch) -> None:
    wishes = []

    def calibrate(wish: Wish, *_: object) -> list[None]:
        wishes.append(wish)
        return [None] * 3

    calibration(calibrate, monkeypatch)
    assert invoke("calibrate", "--out", "there").stdout == f"3 in {Path('there/runs')}\n"
    invoke(
        "calibrate",
        "--backend",
        "b",
        "--model",
        "m:n",
        "--groups",
        "3",
        "--rounds",
        "5",
        "--device",
        "cuda",
    )
    assert wishes == [
        Wish(backend="onnxruntime", model="timm:resnet18", device="cpu", runs=10, rounds=6),
        Wish(backend="b", model="m:n", device="cuda", runs=3, rounds=5),
    ]


def test_what_calibrate_cannot_measure_reaches_the_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    def calibrate(*_: object) -> None:
        message = "no engine"
        raise UnavailableError(message)

    calibration(calibrate, monkeypatch)
    assert isinstance(invoke("calibrate").exception, UnavailableError)


def test_an_interrupted_calibration_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def calibrate(*_: object) -> None:
        raise KeyboardInterrupt

    calibration(calibrate, monkeypatch)
    result = invoke("calibrate")
    assert result.exit_code == 130
    assert result.stderr == "harness: interrupted; the groups that are finished count\n"


@pytest.mark.parametrize("arguments", [("--groups", "1"), ("--rounds", "1")])
def test_too_little_to_tell_noise_by_is_refused(arguments: tuple[str, str]) -> None:
    assert invoke("calibrate", *arguments).exit_code == 2
