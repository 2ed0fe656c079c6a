"""Graphs from torch's exporter, held against torch's own counts and published figures."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import pytest

from harness.graph import ReceptiveField, analyse

if TYPE_CHECKING:
    from pathlib import Path

    import torch

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def export(model: torch.nn.Module, size: int, path: Path) -> Path:
    """Write the structure graph: constants folded, nothing fused."""
    import torch
    from onnx_ir.passes.common import RemoveUnusedNodesPass
    from onnxscript import optimizer

    program = torch.onnx.export(
        model.eval(),
        (torch.zeros(2, 3, size, size),),
        dynamo=True,
        optimize=False,
        dynamic_shapes=({0: torch.export.Dim("batch")},),
        verbose=False,
    )
    assert program is not None
    optimizer.fold_constants(program.model)
    RemoveUnusedNodesPass()(program.model)
    program.save(str(path))
    return path


def counts(model: torch.nn.Module) -> tuple[int, int]:
    """Return torch's own learnable and stored counts."""
    learnable = sum(each.numel() for each in model.parameters())
    buffers = (each.numel() for each in model.buffers() if each.is_floating_point())
    return learnable, learnable + sum(buffers)


def test_counts_are_those_of_torch(tmp_path: Path) -> None:
    from torch import nn

    model = nn.Sequential(
        nn.Conv2d(3, 8, 3, bias=False),
        nn.BatchNorm2d(8),
        nn.PReLU(),
        nn.Conv2d(8, 8, 3, groups=8, padding=1),
        nn.BatchNorm2d(8, affine=False),
        nn.ReLU(),
        nn.Conv2d(8, 16, 1, bias=False),
        nn.GroupNorm(4, 16),
        nn.SiLU(),
        nn.ConvTranspose2d(16, 4, 2, stride=2, bias=False),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(4, 6, bias=False),
        nn.LayerNorm(6),
        nn.Linear(6, 5),
    )
    nn.init.zeros_(model[3].bias)  # type: ignore[arg-type]

    structure = analyse(export(model, 12, tmp_path / "model.onnx"), unfused=True)

    assert (structure.parameters.learnable, structure.parameters.stored) == counts(model)
    assert structure.macs == (
        8 * 10 * 10 * 27 + 8 * 10 * 10 * 9 + 16 * 10 * 10 * 8 + 16 * 10 * 10 * 4 * 4 + 4 * 6 + 6 * 5
    )


# MACs: torchvision's `_ops` where it has the model; depths: the counts usual for each and Keras's
# table; field: Araujo et al., but for ResNet50, whose stride torch puts into the 3x3 convolution.
PUBLISHED: dict[str, tuple[int, dict[str, float], ReceptiveField | None]] = {
    "vgg16": (224, {"macs": 15.470, "weighted": 16, "topological": 23}, None),
    "resnet50": (
        224,
        {"macs": 4.089, "weighted": 50},
        ReceptiveField(size=427, jump=32, offset=-213),
    ),
    "mobilenetv2_100": (
        224,
        {"macs": 0.301, "weighted": 53},
        ReceptiveField(size=491, jump=32, offset=-245),
    ),
    "inception_v3": (
        299,
        {"macs": 5.713, "topological": 159},
        ReceptiveField(size=1311, jump=32, offset=-618),
    ),
    "legacy_xception": (299, {"topological": 126}, None),
    "inception_resnet_v2": (
        299,
        {"topological": 572},
        ReceptiveField(size=3039, jump=32, offset=-1482),
    ),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_figures(tmp_path: Path, name: str) -> None:
    import timm

    size, figures, field = PUBLISHED[name]
    model = timm.create_model(name, pretrained=False)
    path = export(model, size, tmp_path / "model.onnx")
    expected = counts(model)
    del model
    gc.collect()

    structure = analyse(path, unfused=True)
    path.unlink()

    assert (structure.parameters.learnable, structure.parameters.stored) == expected
    found = {"macs": structure.macs / 1e9, **structure.depth}
    assert {key: found[key] for key in figures} == pytest.approx(figures, rel=2e-3)
    last = [layer.receptive_field for layer in structure.layers if layer.receptive_field][-1]
    assert field is None or last == (field, field)
