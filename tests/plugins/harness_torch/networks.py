"""A tiny network, built as `networks:tiny`, and the forms and the artefact around it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness import Artefact, Encoding, Form, Geometry, Manifest, Node, Parameters

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from torch import nn


def tiny(classes: int = 5, *, pretrained: bool = False) -> nn.Module:
    """Return a network whose batch norm is not the identity: 1 x 8 x 8 to the classes."""
    from torch import nn

    if pretrained:
        message = "the hub\nis out of reach"
        raise OSError(message)
    norm = nn.BatchNorm2d(4)
    for values in (norm.weight, norm.bias, norm.running_mean, norm.running_var):
        assert values is not None
        nn.init.uniform_(values, 0.5, 2)
    return nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1, bias=False),
        norm,
        nn.ReLU(),
        nn.AvgPool2d(4),
        nn.Flatten(),
        nn.Linear(16, classes),
    )


def pair() -> nn.Module:
    """Return a network that gives two tensors."""
    from torch import nn

    class Pair(nn.Module):
        def forward(self, value: Any) -> tuple[Any, Any]:  # noqa: ANN401 - a tensor
            return value, value

    return Pair()


def versioned() -> nn.Module:
    """Return a network that reads no state without a version, as torchvision's MNASNet."""
    from torch import nn

    class Versioned(nn.Linear):
        _version = 2

        def _load_from_state_dict(self, state: Any, prefix: str, local: Any, *rest: Any) -> None:  # noqa: ANN401 - torch's own
            if local.get("version") is None:
                message = "no version"
                raise ValueError(message)
            super()._load_from_state_dict(state, prefix, local, *rest)

    return nn.Sequential(nn.Flatten(), Versioned(64, 5))


def source(**details: Any) -> Form:  # noqa: ANN401 - any detail of the form
    recipe = {"builder": "networks:tiny", "input_shape": [1, 8, 8], "weights": "random"} | details
    return Form(
        node=Node(format="torch-source"), file="source.json", sha256="", size=0, details=recipe
    )


def artefact(folder: Path, forms: Mapping[str, Form]) -> Artefact:
    manifest = Manifest(
        schema=1,
        model="test:tiny",
        weights="random (seed 0)",
        id="tiny",
        geometry=Geometry(input_size=(8, 8), mode="L", crop_pct=1.0),
        encoding=Encoding(mean=(0.5,), std=(0.5,)),
        activation="logits",
        label_space="test",
        num_classes=5,
        forms=dict(forms),
        parameters=Parameters(stored=0),
        macs=None,
        depth={},
        agreement={},
    )
    return Artefact(folder=folder, manifest=manifest)
