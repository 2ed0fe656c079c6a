"""The zoo's larger networks: their parameters, and that their graphs are what torch runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness import prepare
from harness.suite import ModelSpec
from harness_zoo.inception_slim import inception_slim
from harness_zoo.resnet20 import resnet20
from harness_zoo.vgg11_slim import vgg11_slim

if TYPE_CHECKING:
    from torch import nn

    from harness.catalog import Catalogs

torch = pytest.importorskip("torch")


@pytest.mark.parametrize(
    ("name", "learnable", "statistics", "depth"),
    [
        # He et al., table 6: 0.27 M parameters, and 20 weighted layers.
        ("resnet20", 269_722, 2 * 688, 20),
        ("vgg11_slim", 1_119_594, 2 * 992, 9),
        ("inception_slim", 470_002, 2 * 1_542, 13),
        ("unet", 482_771, 2 * 704, 18),
    ],
)
def test_parameters_and_agreement_of_all_forms(
    tiny: Catalogs, name: str, learnable: int, statistics: int, depth: int
) -> None:
    pytest.importorskip("onnxscript")
    spec = ModelSpec(name=f"zoo:{name}", weights="random", seed=1)
    manifest = prepare.model(spec, Path(), tiny, oracle="numpy").manifest
    assert manifest.parameters.learnable == learnable
    assert manifest.parameters.stored == learnable + statistics
    assert manifest.depth["weighted"] == depth
    assert manifest.answer == ((3, 64, 64) if name == "unet" else (10,))
    assert set(manifest.agreement) == {"source ~ structure", "structure ~ onnx"}
    assert max(manifest.agreement.values()) <= 1e-5


def test_resnets_shortcuts_have_no_parameters_and_halve_by_leaving_out() -> None:
    model = resnet20()
    wider = model.get_submodule("6")
    for layer in wider.modules():
        if isinstance(layer, torch.nn.BatchNorm2d):
            torch.nn.init.zeros_(layer.weight)
    value = torch.rand(1, 16, 32, 32)
    with torch.inference_mode():
        found = wider.eval()(value)
    assert found.shape == (1, 32, 16, 16)
    torch.testing.assert_close(found[:, 8:24], value[:, :, ::2, ::2])
    assert not found[:, :8].any()
    assert not found[:, 24:].any()


def test_stages_have_the_papers_shapes() -> None:
    def shapes(model: nn.Module) -> list[tuple[int, ...]]:
        value = torch.zeros(1, 3, 32, 32)
        found: list[tuple[int, ...]] = []
        for layer in model.children():
            value = layer(value)
            if value.ndim == 4 and (not found or tuple(value.shape[1:]) != found[-1]):
                found.append(tuple(value.shape[1:]))
        return found

    assert shapes(resnet20()) == [(16, 32, 32), (32, 16, 16), (64, 8, 8), (64, 1, 1)]
    assert [shape for shape in shapes(vgg11_slim()) if shape[0] == 160] == [
        (160, 4, 4),
        (160, 2, 2),
        (160, 1, 1),
    ]
    # 3/8 of the 256, 480, 512, 832 and 1,024 of Szegedy et al., table 1.
    assert [shape[0] for shape in shapes(inception_slim())][3:] == [
        96,
        180,
        180,
        192,
        312,
        312,
        384,
        384,
    ]
