from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import harness_numpy
from harness import HarnessError, LoadOptions
from harness.testing.models import written
from tests.plugins.harness_numpy.networks import model, node

if TYPE_CHECKING:
    from pathlib import Path

    from harness import Artefact, Loaded


def artefact(folder: Path, output: str | None = None, operator: str = "Neg") -> Artefact:
    """Return a prepared model that adds a third to its input, and names a second output."""
    made = model(
        node("Add", "x third", "y"),
        node(operator, "y", "z"),
        weights={"third": np.array([1 / 3], np.float32)},
        outputs="y z",
        shape=("N", 2),
    )
    return written(folder, made, size=(1, 2), classes=2, output=output)


def load(prepared: Artefact, **options: Any) -> Loaded:  # noqa: ANN401 - any of LoadOptions
    (backend,) = harness_numpy.harness_backends()
    return backend.load(prepared, LoadOptions(format="onnx", **options))


@pytest.mark.parametrize(("precision", "dtype"), [("fp32", np.float32), ("fp64", np.float64)])
def test_a_session_computes_in_the_precision_asked_for(
    precision: str, dtype: type, tmp_path: Path
) -> None:
    loaded = load(artefact(tmp_path), precision=precision, threads=3)
    y = loaded.session(np.full((1, 2), 1e-9, np.float32))
    assert y.dtype == dtype
    assert (y[0, 0] > np.float32(1 / 3)) == (precision == "fp64")
    assert loaded.actual.device == "cpu"
    assert loaded.actual.precision == precision
    assert loaded.actual.threads == 3
    assert loaded.actual.versions["numpy"] == np.__version__


def test_a_session_tells_what_it_does_not_compute_itself(tmp_path: Path) -> None:
    assert load(artefact(tmp_path, "z")).actual.fallback == {}
    assert load(artefact(tmp_path, "z", operator="Det")).actual.fallback == {"Det": 1}
    assert load(artefact(tmp_path, "y", operator="Det")).actual.fallback == {}


def test_a_session_gives_the_output_that_the_manifest_names(tmp_path: Path) -> None:
    x = np.zeros((1, 2), np.float32)
    assert load(artefact(tmp_path)).session(x)[0, 0] > 0
    assert load(artefact(tmp_path, output="z")).session(x)[0, 0] < 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"device": "cuda"}, "no device of backend numpy named 'cuda'; known: cpu"),
        ({"precision": "fp16"}, "no precision of backend numpy named 'fp16'; did you mean"),
        ({"settings": {"fast": True}}, "has no settings; remove fast"),
    ],
)
def test_what_is_not_offered_is_refused(
    options: dict[str, Any], message: str, tmp_path: Path
) -> None:
    with pytest.raises(HarnessError, match=message):
        load(artefact(tmp_path), **options)


def test_the_offer_says_what_loading_accepts() -> None:
    from harness_numpy import session

    (backend,) = harness_numpy.harness_backends()
    assert backend.precisions == set(session.PRECISIONS)
    assert backend.devices == {"cpu"}


@pytest.mark.parametrize(
    ("worth", "precision", "shared"),
    [(1e8, "fp32", False), (1.0, "fp32", True), (1.0, "fp64", False)],
)
def test_only_work_in_float32_that_is_worth_it_is_shared(
    worth: float,
    precision: str,
    shared: bool,  # noqa: FBT001 - what is expected
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    from harness_numpy import session, sharing

    told: list[bool] = []

    def watched(*_: object, shared: bool) -> object:
        told.append(shared)
        return abs

    monkeypatch.setattr(sharing, "session", watched)
    monkeypatch.setattr(session, "WORTH", worth)
    load(artefact(tmp_path), precision=precision)
    assert told == [shared]
