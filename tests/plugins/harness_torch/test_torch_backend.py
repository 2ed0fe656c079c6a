from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from harness import Artefact, LoadOptions, Staged, UnavailableError, UsageError, gpu
from harness.discovery import discover
from harness_torch import backend, build, weights

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

torch = pytest.importorskip("torch")
NO_GPU = pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")


@pytest.fixture(autouse=True)
def _threads() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def reference(artefact: Artefact) -> tuple[NDArray[Any], NDArray[Any]]:
    with np.load(artefact.folder / "reference.npz") as kept:
        return kept["input"], kept["output"]


def test_answers_are_torchs_own(artefact: Artefact) -> None:
    batch, expected = reference(artefact)
    loaded = backend.load(artefact, LoadOptions(format="torch"))
    found = loaded.session(batch)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(loaded.session(batch[1:]), found[1:], rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("threads", [1, 2])
def test_actual_is_what_torch_uses(artefact: Artefact, threads: int) -> None:
    actual = backend.load(artefact, LoadOptions(format="torch", threads=threads)).actual
    assert actual.threads == torch.get_num_threads() == threads
    assert (actual.device, actual.precision, actual.provider) == ("cpu", "fp32", "eager")
    assert actual.versions == {"torch": torch.__version__}


def test_a_staged_session_waits_for_the_device_after_each_step(artefact: Artefact) -> None:
    batch, expected = reference(artefact)
    model = weights.loaded(
        build.recipe(artefact.manifest.forms["torch"].details), artefact.path("torch")
    )
    waited: list[str] = []
    session = backend.staged(model, "cpu", lambda: waited.append("yes"))
    assert isinstance(session, Staged)
    moved = session.put(batch)
    assert len(waited) == 1
    outputs = session.run(moved)
    assert len(waited) == 2
    assert not outputs.requires_grad
    np.testing.assert_allclose(session.get(outputs), expected, rtol=1e-6, atol=1e-6)


@NO_GPU
def test_cuda_is_unavailable_here(artefact: Artefact) -> None:
    with pytest.raises(UnavailableError, match=r"^no CUDA device$"):
        backend.load(artefact, LoadOptions(format="torch", device="cuda"))


def test_a_missing_device_is_told_without_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpu, "has_cuda", lambda: False)
    offer = discover().backends["pytorch"]
    assert offer.missing_device("cuda") == "no CUDA device"
    assert offer.missing_device("cpu") == ""
    monkeypatch.setattr(gpu, "has_cuda", lambda: True)
    assert offer.missing_device("cuda") == ""


def test_settings_that_do_not_exist_are_refused(artefact: Artefact) -> None:
    options = LoadOptions(format="torch", settings={"compile": True})
    with pytest.raises(UsageError, match="backend 'pytorch': unknown key 'compile'"):
        backend.load(artefact, options)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_cuda_gives_the_same_in_real_float32(artefact: Artefact) -> None:
    batch, expected = reference(artefact)
    loaded = backend.load(artefact, LoadOptions(format="torch", device="cuda"))
    np.testing.assert_allclose(loaded.session(batch), expected, rtol=1e-5, atol=1e-5)
    assert loaded.actual.device == "cuda"
    assert {"torch", "cuda", "cudnn"} == set(loaded.actual.versions)
