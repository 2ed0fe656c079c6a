from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

import harness_torch
from harness import UsageError
from harness_torch.training import session

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from typer.testing import Result

    from harness.catalog import Catalogs

    Invoke = Callable[..., Result]

SHORT = ("--dataset", "bars", "--epochs", "2", "--threads", "1")


@pytest.fixture
def invoke(offers: Catalogs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Invoke:
    monkeypatch.chdir(tmp_path)
    (offered,) = harness_torch.harness_commands()

    def call(*arguments: str) -> Result:
        return CliRunner().invoke(offered.app(lambda: offers), arguments)

    return call


def test_a_training_and_what_it_prints(invoke: Invoke, tmp_path: Path) -> None:
    result = invoke("nets:network", *SHORT, "--strategy", "scratch", "--test-limit", "9")
    assert result.exit_code == 0, result.output
    folder = "results/models/nets-network-bars-scratch"
    first, validation, test, last = result.stdout.splitlines()
    assert first.startswith("nets:network on bars, scratch from random (seed 0): epoch ")
    assert validation.startswith("validation ")
    assert test.endswith(" of 9), looked at when the training ended, in float32")
    assert last == f"{folder}/card.json; as a model everywhere: trained:{folder}"
    names = {each.name for each in (tmp_path / folder).iterdir()}
    assert names == {"card.json", "curve.svg", "epochs.csv", "steps.csv", "weights.safetensors"}
    assert [line.split(":")[0] for line in result.stderr.splitlines()] == [
        "reading bars",
        "2 epochs",
        "epoch   1",
        "epoch   2",
        "testing on 9 images",
    ]


def test_an_interruption_says_how_to_go_on(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(session, "train", interrupted)
    result = invoke("nets:network", *SHORT, "--strategy", "scratch", "-o", "here")
    assert result.exit_code == 130
    assert result.stderr.startswith("harness: interrupted; here keeps the epochs that are")


def test_bad_input_is_one_line(invoke: Invoke) -> None:
    result = invoke("nets:network", *SHORT, "--strategy", "scratch", "--set", "flips=true")
    assert isinstance(result.exception, UsageError)
    assert str(result.exception) == "recipe: unknown key 'flips'; did you mean 'flip'?"
