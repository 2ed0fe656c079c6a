"""The last layer of published networks, and those of other sources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from harness import ModelRequest
from harness.discovery import discover
from harness_torch.build import built, recipe
from harness_torch.training import network
from harness_torch.training.task import of_targets

if TYPE_CHECKING:
    from pathlib import Path

torch = pytest.importorskip("torch")


@pytest.mark.parametrize(
    ("model", "package", "layer", "kind"),
    [
        ("torchvision:squeezenet1_1", "torchvision", "classifier.1", torch.nn.Conv2d),
        ("torchvision:mobilenet_v3_small", "torchvision", "classifier.3", torch.nn.Linear),
        ("timm:mobilenetv3_small_050", "timm", "classifier", torch.nn.Linear),
        ("timm:resnet10t", "timm", "fc", torch.nn.Linear),
        ("zoo:lenet5", "torch", "output", torch.nn.Linear),
    ],
)
def test_the_last_layer_is_replaced_and_the_recipe_builds_it_again(
    tmp_path: Path,
    model: str,
    package: str,
    layer: str,
    kind: Any,  # noqa: ANN401
) -> None:
    pytest.importorskip(package)
    scheme, _, name = model.partition(":")
    request = ModelRequest(name=name, weights="random", seed=0, folder=tmp_path)
    sourced = discover().model_sources[scheme].fetch(request, tmp_path)
    start = network.start(
        recipe(sourced.form.details),
        tmp_path,
        "scratch",
        classes=7,
        same_labels=False,
        seed=0,
        task=of_targets(1),
    )
    assert start.layer == layer
    assert isinstance(start.model.get_submodule(layer), kind)
    again = built(start.recipe)
    shapes = {name: value.shape for name, value in again.state_dict().items()}
    assert shapes == {name: value.shape for name, value in start.model.state_dict().items()}
    assert network.answers(again, start.recipe, of_targets(1)) == 7
