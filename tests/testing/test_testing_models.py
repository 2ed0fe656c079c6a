from __future__ import annotations

from typing import TYPE_CHECKING

import harness
from harness.testing import sample_batch, tiny_model
from harness.worker import read_artefact

if TYPE_CHECKING:
    from pathlib import Path

    from harness.catalog import Catalogs


def test_the_tiny_model_is_a_prepared_one(tmp_path: Path) -> None:
    model = tiny_model(tmp_path)
    assert read_artefact(tmp_path) == model
    assert {*model.manifest.forms} == {"onnx", "structure"}


def test_the_tiny_model_tells_inputs_and_classes_apart(
    tiny: Catalogs, artefact: harness.Artefact
) -> None:
    loaded = tiny.backends["numpy"].load(artefact, harness.LoadOptions(format="onnx"))
    assert callable(loaded.session)
    outputs = loaded.session(sample_batch(artefact, 4))
    assert outputs.std(axis=0).min() > 1e-3
    assert outputs.std(axis=1).min() > 1e-1


def test_the_tiny_model_is_counted(artefact: harness.Artefact) -> None:
    manifest = artefact.manifest
    convolution, norm, dense = 8 * 3 * 3 * 3, 2 * 8, 8 * 10 + 10
    assert manifest.parameters.learnable == convolution + norm + dense
    assert manifest.parameters.stored == convolution + 2 * norm + dense
    assert manifest.macs == 16 * 16 * convolution + 8 * 10
