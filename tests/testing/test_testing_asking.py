from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

import harness
from harness.testing import outputs, sample_batch, truth
from harness.testing.asking import load_options

if TYPE_CHECKING:
    from harness.catalog import Catalogs


def test_a_backend_is_asked_for_what_it_has(tiny: Catalogs, artefact: harness.Artefact) -> None:
    numpy = tiny.backends["numpy"]
    found = load_options(numpy, artefact, threads=2, batch_size=5)
    assert found == harness.LoadOptions(format="onnx", threads=2, batch_size=5)
    other = replace(
        numpy,
        formats=("torch", "structure", "onnx"),
        devices=frozenset({"npu"}),
        precisions=frozenset({"int8", "fp16"}),
    )
    found = load_options(other, artefact, threads=1, batch_size=1)
    assert (found.format, found.device, found.precision) == ("structure", "npu", "fp16")


def test_a_device_and_a_precision_may_be_named(tiny: Catalogs, artefact: harness.Artefact) -> None:
    numpy = tiny.backends["numpy"]
    found = load_options(numpy, artefact, threads=1, batch_size=1, precision="fp64")
    assert (found.device, found.precision) == ("cpu", "fp64")
    answer = outputs(numpy, artefact, sample_batch(artefact, 2), precision="fp64")
    assert answer.dtype == np.float64
    with pytest.raises(harness.UnavailableError, match="numpy runs on cpu, not on npu"):
        load_options(numpy, artefact, threads=1, batch_size=1, device="npu")


def test_what_excludes_the_question_is_said(tiny: Catalogs, artefact: harness.Artefact) -> None:
    with pytest.raises(harness.UnavailableError, match="takes torch; the model has onnx, struct"):
        load_options(tiny.backends["pytorch"], artefact, threads=1, batch_size=1)


def test_the_truth_is_double_and_the_answer_near(
    tiny: Catalogs, artefact: harness.Artefact
) -> None:
    batch = sample_batch(artefact, 2)
    right = truth(tiny.backends["numpy"], artefact, batch)
    assert right.dtype == np.float64
    ours = outputs(tiny.backends["onnxruntime"], artefact, batch)
    assert ours.dtype == np.float32
    np.testing.assert_allclose(ours, right, rtol=1e-4)
