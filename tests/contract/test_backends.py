"""What every built-in backend must keep, on a model of the zoo."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness import prepare
from harness.catalog import missing
from harness.discovery import discover
from harness.suite import ModelSpec
from harness.testing import broken_promises

if TYPE_CHECKING:
    from pathlib import Path

    from harness.types import Artefact

OFFERED = discover().backends
CONTENDERS = [each.name for each in OFFERED if each.role == "contender" and not missing(each)]


@pytest.fixture
def lenet(tmp_path: Path) -> Artefact:
    return prepare.model(ModelSpec(name="zoo:lenet5"), tmp_path, discover(), oracle="numpy")


def test_all_built_ins_are_looked_at() -> None:
    assert CONTENDERS == ["numpy", "onnxruntime", "pytorch"]


@pytest.mark.parametrize("name", CONTENDERS)
def test_a_backend_keeps_its_promises(lenet: Artefact, name: str) -> None:
    assert broken_promises(OFFERED[name], lenet, reference=OFFERED["numpy"]) == []


def test_the_forms_of_a_model_agree(lenet: Artefact) -> None:
    assert set(lenet.manifest.forms) == {"torch-source", "torch", "structure", "onnx"}
    assert set(lenet.manifest.agreement) == {"source ~ structure", "structure ~ onnx"}
    assert all(each < 1e-5 for each in lenet.manifest.agreement.values())
    assert (lenet.manifest.parameters.learnable, lenet.manifest.parameters.stored) == (61706, 61706)
    assert lenet.manifest.macs == 416_520
