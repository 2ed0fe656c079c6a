from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from harness import ModelError, ModelRequest, prepare
from harness.suite import ModelSpec
from harness_torch import trained

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness.catalog import Catalogs

pytest.importorskip("onnxscript")


def test_what_was_trained_is_a_model_like_any_other(
    train: Callable[..., Any], offers: Catalogs, tmp_path: Path
) -> None:
    card = train(model="nets:five", epochs=8, crop=0.125)
    artefact = prepare.model(ModelSpec(name="trained:out"), tmp_path, offers, oracle="numpy")
    manifest = artefact.manifest
    assert (manifest.label_space, manifest.num_classes) == ("bars", 3)
    assert manifest.parameters == card.parameters
    assert manifest.geometry == card.geometry
    assert manifest.encoding == card.encoding
    assert max(manifest.agreement.values()) <= 1e-5
    assert right(artefact, offers) == card.test.right


def right(artefact: Any, offers: Catalogs) -> int:  # noqa: ANN401
    """Return how many test images the NumPy backend's session is right about."""
    import numpy as np

    from harness import LoadOptions, preprocess, subset, worker

    samples = subset.opened(offers.datasets["bars"], "test")
    encode = preprocess.encoder(artefact.manifest.encoding)
    batch = encode(
        np.stack([preprocess.apply(artefact.manifest.geometry, each.image) for each in samples])
    )
    options = LoadOptions(format="onnx", precision="fp32", threads=1)
    outputs = worker.load(offers.backends["numpy"], artefact, options).session(batch)
    return int((outputs.argmax(1) == [each.target for each in samples]).sum())


def request(folder: Path) -> ModelRequest:
    return ModelRequest(name="out", weights="pretrained", seed=0, folder=folder)


def test_a_folder_without_a_card(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"out holds no card\.json; give the folder that harness"):
        trained.opened(request(tmp_path))


def test_other_weights_than_the_cards_are_refused(
    train: Callable[..., Any], tmp_path: Path
) -> None:
    train(epochs=1)
    path = tmp_path / "out" / "weights.safetensors"
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(ModelError, match=r"safetensors is not the file that .*card\.json is about"):
        trained.opened(request(tmp_path))


def test_a_damaged_card(train: Callable[..., Any], tmp_path: Path) -> None:
    train(epochs=1)
    path = tmp_path / "out" / "card.json"
    path.write_text(path.read_text().replace('"label_space"', '"label_spice"'))
    with pytest.raises(ModelError, match=r"unknown key 'plan\.training\.label_spice'"):
        trained.opened(request(tmp_path))
