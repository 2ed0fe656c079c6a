from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

import harness
from harness import prepare
from harness.suite import ModelSpec
from harness.testing import broken_promises, sample_batch, tiny_model
from harness.worker import read_artefact

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness.catalog import Catalogs
    from harness.session import Batch, Outputs

    Wrap = Callable[[Callable[[Batch], Outputs]], Callable[[Batch], Outputs]]


@pytest.fixture
def artefact(tiny: Catalogs, tmp_path: Path) -> harness.Artefact:
    return prepare.model(ModelSpec(name="tiny:net"), tmp_path, tiny, oracle="numpy")


def spoilt(backend: harness.Backend, wrap: Wrap) -> harness.Backend:
    """Return the backend with its session wrapped."""

    def load(artefact: harness.Artefact, options: harness.LoadOptions) -> harness.Loaded:
        loaded = backend.load(artefact, options)
        assert callable(loaded.session)
        return replace(loaded, session=wrap(loaded.session))

    return replace(backend, load=load)


def drifting(session: Callable[[Batch], Outputs]) -> Callable[[Batch], Outputs]:
    calls: list[int] = []

    def run(batch: Batch) -> Outputs:
        calls.append(1)
        return session(batch) + len(calls)

    return run


@pytest.mark.parametrize("name", ["numpy", "onnxruntime"])
def test_an_honest_backend_breaks_no_promise(
    tiny: Catalogs, artefact: harness.Artefact, name: str
) -> None:
    found = broken_promises(tiny.backends[name], artefact, reference=tiny.backends["numpy"])
    assert found == []


@pytest.mark.parametrize("name", ["numpy", "onnxruntime"])
def test_the_tiny_model_is_one_that_backends_run(tiny: Catalogs, tmp_path: Path, name: str) -> None:
    model = tiny_model(tmp_path)
    assert read_artefact(tmp_path) == model
    found = broken_promises(tiny.backends[name], model, reference=tiny.backends["numpy"])
    assert found == []


def test_the_tiny_model_tells_inputs_and_classes_apart(tiny: Catalogs, tmp_path: Path) -> None:
    model = tiny_model(tmp_path)
    loaded = tiny.backends["numpy"].load(model, harness.LoadOptions(format="onnx"))
    assert callable(loaded.session)
    outputs = loaded.session(sample_batch(model, 4))
    assert outputs.std(axis=0).min() > 1e-3
    assert outputs.std(axis=1).min() > 1e-1


def test_the_tiny_model_is_counted(tmp_path: Path) -> None:
    manifest = tiny_model(tmp_path).manifest
    convolution, norm, dense = 8 * 3 * 3 * 3, 2 * 8, 8 * 10 + 10
    assert manifest.parameters.learnable == convolution + norm + dense
    assert manifest.parameters.stored == convolution + 2 * norm + dense
    assert manifest.macs == 16 * 16 * convolution + 8 * 10


@pytest.mark.parametrize(
    ("wrap", "message"),
    [
        (drifting, "answers differently when asked again"),
        (lambda session: lambda batch: session(batch) * 1.01, "differs from the oracle by 0.01"),
        (lambda session: lambda batch: session(batch)[1:], "not floats (3, 3)"),
        (lambda session: lambda batch: np.int64(session(batch)), "answers int64"),
        (
            lambda session: lambda batch: session(batch) + len(batch),
            "a row's answer depends on the other rows",
        ),
    ],
)
def test_a_broken_promise_is_named(
    tiny: Catalogs, artefact: harness.Artefact, wrap: Wrap, message: str
) -> None:
    backend = spoilt(tiny.backends["numpy"], wrap)
    found = broken_promises(backend, artefact, reference=tiny.backends["numpy"])
    assert [each for each in found if message in each], found


def test_lies_are_named(tiny: Catalogs, artefact: harness.Artefact) -> None:
    found = broken_promises(tiny.backends["claims_gpu"], artefact)
    assert "asked for cpu and fp32, says cuda and fp32" in found
    found = broken_promises(tiny.backends["claims_threads"], artefact)
    assert "asked for 1 threads, says 64" in found


def test_a_model_without_a_fitting_format_is_said(
    tiny: Catalogs, artefact: harness.Artefact
) -> None:
    assert broken_promises(tiny.backends["pytorch"], artefact) == [
        "takes torch; the model has onnx, structure"
    ]
