from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from harness import ModelError, ModelRequest, UsageError, prepare
from harness.discovery import discover
from harness.suite import ModelSpec
from harness_efficientnet_lite import source

if TYPE_CHECKING:
    from pathlib import Path

timm = pytest.importorskip("timm")
torch = pytest.importorskip("torch")
safetensors = pytest.importorskip("safetensors.torch")
ARCHITECTURE = "tf_efficientnet_lite0"


def request(folder: Path, name: str = "lite0", **more: Any) -> ModelRequest:  # noqa: ANN401 - any field of a request
    said: dict[str, Any] = {"name": name, "weights": "random", "seed": 0, "folder": folder}
    return ModelRequest(**(said | more))


def foreign(drop: int = 0) -> dict[str, Any]:
    """Return the tensors of timm's network under other names, without the last ones."""
    torch.manual_seed(0)
    state = list(timm.create_model(ARCHITECTURE).state_dict().items())
    return {f"_{at}.{name.split('.')[-1]}": v for at, (name, v) in enumerate(state[drop:])}


def test_tensors_are_renamed_in_their_order(tmp_path: Path) -> None:
    torch.save(foreign(), tmp_path / "lite.pth")
    source.rename(tmp_path / "lite.pth", ARCHITECTURE, tmp_path / "lite.safetensors")
    found = safetensors.load_file(tmp_path / "lite.safetensors")
    torch.manual_seed(0)
    right = timm.create_model(ARCHITECTURE).state_dict()
    assert len(found) == 247
    assert all(torch.equal(value, right[name]) for name, value in found.items())


def test_other_tensors_are_refused(tmp_path: Path) -> None:
    torch.save(foreign(drop=1), tmp_path / "lite.pth")
    with pytest.raises(ModelError, match=r"lite\.pth does not hold the tensors of timm's tf_eff"):
        source.rename(tmp_path / "lite.pth", ARCHITECTURE, tmp_path / "lite.safetensors")


@pytest.mark.parametrize("name", source.VARIANTS)
def test_variants_are_timms_at_their_authors_sizes(tmp_path: Path, name: str) -> None:
    found = source.fetch(request(tmp_path, name), tmp_path)
    settings = timm.data.resolve_data_config(
        pretrained_cfg=vars(timm.get_pretrained_cfg(f"tf_efficientnet_{name}"))
    )
    assert (3, *found.geometry.input_size) == settings["input_size"]
    assert found.geometry.crop_pct == pytest.approx(settings["crop_pct"], abs=1e-3)
    assert found.geometry.interpolation == settings["interpolation"]


def test_an_unknown_variant_names_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"efficientnet-lite named 'lite9'; did you mean 'lite"):
        source.fetch(request(tmp_path, "lite9"), tmp_path)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", source.VARIANTS)
def test_the_published_weights_make_a_model(tmp_path: Path, name: str) -> None:
    asked = ModelSpec(name=f"efficientnet-lite:{name}")
    found = prepare.model(asked, tmp_path, discover(), oracle="numpy").manifest
    assert found.published is not None
    assert all(each < 1e-5 for each in found.agreement.values())
    millions = {"lite0": 4.7, "lite1": 5.4, "lite2": 6.1}  # as their README rounds them
    assert found.parameters.learnable is not None
    assert round(found.parameters.learnable / 1e6, 1) == millions[name]
