from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from harness import Artefact, LoadOptions, prepare, worker
from harness.errors import UnavailableError
from harness.session import fitting
from harness.suite import ModelSpec

if TYPE_CHECKING:
    from pathlib import Path

    from harness.catalog import Catalogs


@pytest.fixture
def artefact(tiny: Catalogs, tmp_path: Path) -> Artefact:
    return prepare.model(ModelSpec(name="tiny:net"), tmp_path, tiny, oracle="numpy")


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"device": "abacus"}, "onnxruntime runs on cpu, cuda, not on abacus"),
        ({"precision": "fp1"}, "onnxruntime computes in fp32, not in fp1"),
    ],
)
def test_what_a_backend_does_not_offer_never_reaches_it(
    tiny: Catalogs, artefact: Artefact, asked: dict[str, str], message: str
) -> None:
    options = LoadOptions(format="onnx", **asked)  # type: ignore[arg-type]
    with pytest.raises(UnavailableError, match=message):
        worker.load(tiny.backends["onnxruntime"], artefact, options)


def test_a_backend_takes_what_it_prefers_of_what_there_is(tiny: Catalogs) -> None:
    backend = replace(tiny.backends["numpy"], formats=("torch", "structure", "onnx"))
    assert fitting(backend, {"onnx": 1, "structure": 2}) == "structure"
    assert fitting(backend, ["sealed"]) == ""
