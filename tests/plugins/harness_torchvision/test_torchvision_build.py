from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from harness import Form, Node, decode
from harness.recipe import Recipe
from harness_torch import convert
from harness_torch.build import built

if TYPE_CHECKING:
    from pathlib import Path

torch = pytest.importorskip("torch")
models = pytest.importorskip("torchvision.models")


def learnable(model: Any) -> int:  # noqa: ANN401 - a network
    return sum(each.numel() for each in model.parameters())


def recipe(name: str, weights: str = "IMAGENET1K_V1") -> Recipe:
    return Recipe(
        builder="harness_torchvision.build:built",
        arguments={"name": name, "weights": weights},
        input_shape=(3, 224, 224),
    )


def pretend(monkeypatch: pytest.MonkeyPatch, state: dict[str, Any]) -> None:
    """Let torchvision's loaders find this state dict instead of downloading one."""
    monkeypatch.setattr(models.WeightsEnum, "get_state_dict", lambda *_, **__: dict(state))


@pytest.mark.parametrize(
    ("name", "published", "auxiliary"),
    [("inception_v3", 27_161_264, 3_326_696), ("googlenet", 6_624_904, 0)],
)
def test_auxiliary_classifiers_are_left_out(
    monkeypatch: pytest.MonkeyPatch, name: str, published: int, auxiliary: int
) -> None:
    whole = models.get_model(name, weights=None, aux_logits=True, init_weights=False)
    state = whole.state_dict()
    pretend(monkeypatch, state)
    random: Any = built(recipe(name))
    pretrained: Any = built(recipe(name), pretrained=True)
    assert learnable(random) == learnable(pretrained) == published - auxiliary
    assert str(random) == str(pretrained)
    assert random.transform_input is pretrained.transform_input is True
    assert torch.equal(pretrained.fc.weight, state["fc.weight"])


@pytest.mark.parametrize("name", ["densenet121", "googlenet"])
def test_a_file_as_torchvision_publishes_it_fits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    extra = {"aux_logits": True, "init_weights": False} if name == "googlenet" else {}
    own = models.get_model(name, weights=None, **extra).state_dict()
    published = {
        key.replace("norm1.", "norm.1.").replace("conv2.", "conv.2.")
        if "denselayer" in key
        else key: value
        for key, value in own.items()
        if not key.endswith("num_batches_tracked")
    }
    torch.save(published, tmp_path / "published.pth")
    details = decode.plain(replace(recipe(name), weights="published.pth"))
    form = Form(node=Node(format="torch-source"), file="", sha256="", size=0, details=details)
    from safetensors.torch import load_file

    found = load_file(tmp_path / convert.to_torch(form, tmp_path).file)
    assert all(torch.equal(found[key], own[key]) for key in found)
    pretend(monkeypatch, published)
    loaded = built(recipe(name), pretrained=True).state_dict()
    assert set(found) == set(loaded)


def test_a_transformer_is_built_at_the_size_of_its_weights() -> None:
    with torch.device("meta"):
        model = built(recipe("vit_b_16", "IMAGENET1K_SWAG_E2E_V1"))
    assert model.image_size == 384
