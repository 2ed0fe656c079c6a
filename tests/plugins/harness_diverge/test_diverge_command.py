from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

import harness_diverge
from harness import prepare
from harness.errors import PluginError, UnknownNameError, UsageError
from harness.suite import ModelSpec

if TYPE_CHECKING:
    from collections.abc import Callable

    from typer.testing import Result

    from harness.catalog import Catalogs
    from harness.types import Artefact

    Invoke = Callable[..., Result]


@pytest.fixture
def invoke(tiny: Catalogs) -> Invoke:
    (offered,) = harness_diverge.harness_commands()

    def call(*arguments: str) -> Result:
        return CliRunner().invoke(offered.app(lambda: tiny), arguments)

    return call


def test_a_difference_is_told_and_fails_only_where_that_is_asked_for(invoke: Invoke) -> None:
    arguments = ("tiny:net", "--set", "encoding.scale=1", "--limit", "9")
    result = invoke(*arguments)
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("tiny:net on tiny/test, 9 of 24 images, onnxruntime; A as")
    assert "The chains part at encode; " in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 80
    assert result.stderr == "preparing tiny:net\nshowing 9 images to both chains\n"
    assert invoke(*arguments, "--fail").exit_code == 9


def test_no_difference_passes(invoke: Invoke, tmp_path: Path) -> None:
    path = tmp_path / "same.py"
    path.write_text("def crop(image): return image")
    result = invoke("tiny:net", "--chain", str(path), "--fail", "--backend", "numpy")
    assert result.exit_code == 0, result.output
    assert "The chains agree, bit for bit." in result.stdout


def test_another_backend_and_another_file_may_answer(invoke: Invoke, tiny: Catalogs) -> None:
    result = invoke("tiny:net", "--against", "zeros")
    assert "B: outputs by zeros" in " ".join(result.stdout.split())
    assert "The chains part at outputs; " in result.stdout
    artefact = prepare.model(ModelSpec(name="tiny:net"), Path(), tiny, oracle="numpy")
    own = str(artefact.path("onnx"))
    again = invoke("tiny:net", "--onnx", own, "--format", "markdown")
    assert "- The chains agree, bit for bit." in again.stdout


def test_json_holds_every_figure(invoke: Invoke) -> None:
    result = invoke("tiny:net", "--set", "geometry.interpolation=nearest", "--format", "json")
    found = json.loads(result.stdout)
    assert [row["stage"] for row in found["found"]["rows"]] == [
        "decode",
        "resize",
        "crop",
        "encode",
        "outputs",
    ]
    assert found["found"]["images"] == 24
    assert found["found"]["rows"][1]["how"] == "interpolation=nearest (A: bilinear)"


def test_a_chain_that_prints_does_not_spoil_json(invoke: Invoke, tmp_path: Path) -> None:
    path = tmp_path / "loud.py"
    path.write_text("def crop(image):\n    print('cut')\n    return image")
    result = invoke("tiny:net", "--chain", str(path), "--limit", "1", "--format", "json")
    assert json.loads(result.stdout)["found"]["images"] == 1
    assert "showing 1 image to both chains\ncut\n" in result.stderr


def test_a_chain_that_exits_is_an_error(invoke: Invoke, tmp_path: Path) -> None:
    path = tmp_path / "leaving.py"
    path.write_text("import sys\ndef crop(image): sys.exit(0)")
    raised = invoke("tiny:net", "--chain", str(path)).exception
    assert isinstance(raised, PluginError)
    assert str(raised) == "leaving.py: crop: SystemExit: 0 (image test-0)"


def test_without_anything_stated_of_b_there_is_nothing_to_compare(invoke: Invoke) -> None:
    raised = invoke("tiny:net").exception
    assert isinstance(raised, UsageError)
    assert str(raised).startswith("nothing is stated of B: give --chain FILE.py, --set geometry.")


def test_a_broken_chain_file_is_one_line_before_anything_is_prepared(
    invoke: Invoke, tmp_path: Path
) -> None:
    path = tmp_path / "broken.py"
    path.write_text("def resize(image): return image.nothing")
    raised = invoke("tiny:net", "--chain", str(path)).exception
    assert isinstance(raised, PluginError)
    assert str(raised) == (
        "broken.py: resize: AttributeError: 'numpy.ndarray' object has no attribute 'nothing' "
        "(image test-0)"
    )
    path.write_text("nothing")
    result = invoke("tiny:nowhere", "--chain", str(path))
    assert isinstance(result.exception, PluginError)
    assert result.stderr == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ("tiny", "--against", "numpy"),
        ("tiny:net", "--against", "nump"),
        ("tny:net", "--against", "numpy"),
        ("tiny:net", "--against", "null"),
        ("tiny:net", "--against", "numpy", "--backend", "null"),
    ],
)
def test_unknown_names_are_refused(invoke: Invoke, arguments: tuple[str, ...]) -> None:
    assert isinstance(invoke(*arguments).exception, UsageError | UnknownNameError)


def test_a_model_that_answers_maps_is_refused(
    invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = prepare.model

    def mapping(*arguments: Any, **more: Any) -> Artefact:  # noqa: ANN401 - whatever it takes
        artefact = made(*arguments, **more)
        return replace(artefact, manifest=replace(artefact.manifest, output_size=(8, 8)))

    monkeypatch.setattr(prepare, "model", mapping)
    raised = invoke("tiny:net", "--set", "encoding.scale=1").exception
    assert isinstance(raised, UsageError)
    assert str(raised) == (
        "tiny:net answers a map of 8 x 8 for each class; diverge compares one class an image"
    )
