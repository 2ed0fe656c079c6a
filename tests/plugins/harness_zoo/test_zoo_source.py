from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from harness import ModelRequest, UnavailableError, UsageError
from harness.discovery import discover
from harness_torch.training import card
from harness_zoo import source

if TYPE_CHECKING:
    from pathlib import Path

SHIPPED = {
    "lenet5": 10_000,
    "lenet5-fashion-mnist": 10_000,
    "lenet5-cifar10": 10_000,
    "resnet20": 10_000,
    "vgg11_slim": 10_000,
    "inception_slim": 10_000,
    "unet": 2_000 * 64 * 64,
}
"""What each was tested on: images, or pixels."""
MOST = 5_000_000
"""Bytes that shipped weights may have."""


def request(folder: Path, **more: Any) -> ModelRequest:  # noqa: ANN401 - any field of a request
    said: dict[str, Any] = {"name": "lenet5", "weights": "pretrained", "seed": 0, "folder": folder}
    return ModelRequest(**(said | more))


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_weights_are_those_of_their_card(tmp_path: Path, name: str) -> None:
    safetensors = pytest.importorskip("safetensors.torch")
    from harness_torch.build import built, recipe

    found = source.fetch(request(tmp_path, name=name), tmp_path)
    state = safetensors.load_file(tmp_path / found.form.details["weights"])
    built(recipe(found.form.details)).load_state_dict(state, strict=True)
    known = card.read(source.shipped(name).parent)
    assert known.plan.model == f"zoo:{name}"
    assert known.plan.strategy == "scratch"
    assert known.test is not None
    assert known.test.total == SHIPPED[name]
    assert source.shipped(name).stat().st_size <= MOST
    for trait in ("geometry", "encoding", "label_space"):
        assert getattr(known, trait) == getattr(found, trait)
    assert (known.builder, known.arguments) == (
        found.form.details["builder"],
        found.form.details["arguments"],
    )
    assert found.weights == "pretrained"


def test_weights_may_be_random_or_given(tmp_path: Path) -> None:
    folder = tmp_path / "artefact"
    folder.mkdir()
    (tmp_path / "mine.pth").write_bytes(b"weights")
    random = source.fetch(request(tmp_path, weights="random", seed=5), folder)
    given = source.fetch(request(tmp_path, weights=str(tmp_path / "mine.pth")), folder)
    assert (random.weights, random.form.details["weights"]) == ("random (seed 5)", "random")
    assert given.weights == "mine.pth"
    assert (folder / given.form.details["weights"]).read_bytes() == b"weights"
    asked = [
        request(tmp_path, weights=each)
        for each in ("pretrained", "random", str(tmp_path / "mine.pth"))
    ]
    assert len({source.fingerprint(each) for each in asked}) == 3


def test_what_the_zoo_does_not_hold(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no network of the zoo named 'lenet'; .*'lenet5'"):
        source.fetch(request(tmp_path, name="lenet"), tmp_path)


def test_weights_that_are_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "WEIGHTS", tmp_path)
    with pytest.raises(
        UnavailableError, match=r"^zoo:lenet5 has no trained weights here; train it \(harness train"
    ):
        source.fetch(request(tmp_path), tmp_path)
    assert source.fetch(request(tmp_path, weights="random"), tmp_path).weights == "random (seed 0)"


def test_the_zoo_lists_its_networks() -> None:
    assert set(discover().model_sources["zoo"].models()) == set(SHIPPED)
