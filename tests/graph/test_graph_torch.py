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


# The last module before all positions are pooled, and the usual input size.
TRUNKS = {
    "squeezenet1_1": ("features", 224),
    "shufflenet_v2_x0_5": ("stage4", 224),
    "resnet18": ("layer4", 224),
    "mobilenet_v2": ("features", 224),
    "googlenet": ("inception5b", 224),
    "inception_v3": ("Mixed_7c", 299),
}


@pytest.mark.parametrize("name", TRUNKS)
def test_receptive_fields_are_where_the_gradient_reaches(tmp_path: Path, name: str) -> None:
    """All weights are positive and means stand in for maxima, so that no pixel is lost."""
    import torch
    from torchvision import models

    last, size = TRUNKS[name]
    options = {"init_weights": False} if name in {"googlenet", "inception_v3"} else {}
    model = models.get_model(name, weights=None, **options).eval()
    structure = analyse(export(model, size, tmp_path / "model.onnx"))
    trunk = next(
        layer
        for layer in reversed(structure.layers)
        if layer.module == last or layer.module.startswith(f"{last}.")
    )
    assert trunk.receptive_field is not None
    (field, _) = trunk.receptive_field
    answers: list[torch.Tensor] = []
    positive(model)
    model.get_submodule(last).register_forward_hook(lambda *given: answers.append(given[2]))
    rows = field.size + 3 * int(field.jump)
    image = torch.ones(1, 3, rows, 96, dtype=torch.float64, requires_grad=True)

    model(image)
    answer = answers[0]
    position = next(
        place
        for place in range(answer.shape[2])
        if (span := field.sees(place)) and span[0] >= 0 and span[1] <= rows
    )
    (gradient,) = torch.autograd.grad(answer[0, :, position].sum(), image)

    reached = gradient.sum(dim=(0, 1, 3)).nonzero().flatten()
    assert (int(reached[0]), int(reached[-1]) + 1) == field.sees(position)


def positive(model: torch.nn.Module) -> None:
    """Make every layer a mean of what it reads, or the same, in float64."""
    from torch import nn

    model.double()
    for name, module in list(model.named_modules()):
        parent, _, child = name.rpartition(".")
        match module:
            case nn.Conv2d():
                nn.init.constant_(module.weight, 1 / module.weight[0].numel())
            case nn.BatchNorm2d():
                module.reset_parameters()
            case nn.ReLU6():  # it would cut off sums
                setattr(model.get_submodule(parent), child, nn.Identity())
            case nn.MaxPool2d():
                window = (module.kernel_size, module.stride, module.padding, module.ceil_mode)
                setattr(model.get_submodule(parent), child, nn.AvgPool2d(*window))


# Every CNN of torchvision's but regnet_y_128gf, whose weights take 2.6 GB.
MULTIPLIED = [
    "alexnet", "convnext_base", "convnext_large", "convnext_small", "convnext_tiny", "densenet121",
    "densenet161", "densenet169", "densenet201", "efficientnet_b0", "efficientnet_b1",
    "efficientnet_b2", "efficientnet_b3", "efficientnet_b4", "efficientnet_b5", "efficientnet_b6",
    "efficientnet_b7", "efficientnet_v2_l", "efficientnet_v2_m", "efficientnet_v2_s", "googlenet",
    "inception_v3", "mnasnet0_5", "mnasnet0_75", "mnasnet1_0", "mnasnet1_3", "mobilenet_v2",
    "mobilenet_v3_large", "mobilenet_v3_small", "regnet_x_16gf", "regnet_x_1_6gf", "regnet_x_32gf",
    "regnet_x_3_2gf", "regnet_x_400mf", "regnet_x_800mf", "regnet_x_8gf", "regnet_y_16gf",
    "regnet_y_1_6gf", "regnet_y_32gf", "regnet_y_3_2gf", "regnet_y_400mf", "regnet_y_800mf",
    "regnet_y_8gf", "resnet101", "resnet152", "resnet18", "resnet34", "resnet50",
    "resnext101_32x8d", "resnext101_64x4d", "resnext50_32x4d", "shufflenet_v2_x0_5",
    "shufflenet_v2_x1_0", "shufflenet_v2_x1_5", "shufflenet_v2_x2_0", "squeezenet1_0",
    "squeezenet1_1", "vgg11", "vgg11_bn", "vgg13", "vgg13_bn", "vgg16", "vgg16_bn", "vgg19",
    "vgg19_bn", "wide_resnet101_2", "wide_resnet50_2",
]  # fmt: skip


@pytest.mark.parametrize("name", MULTIPLIED)
def test_macs_are_those_of_torchvision(tmp_path: Path, name: str) -> None:
    from torchvision import models

    weights = models.get_model_weights(name).DEFAULT
    options = {"init_weights": False} if name in {"googlenet", "inception_v3"} else {}
    path = export(
        models.get_model(name, weights=None, **options),
        weights.transforms().crop_size[0],
        tmp_path / "model.onnx",
    )

    macs = analyse(path).macs

    path.unlink()
    # published in billions, to the third digit behind the point
    assert macs / 1e9 == pytest.approx(weights.meta["_ops"], rel=2e-3, abs=5e-4)
