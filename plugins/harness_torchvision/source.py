"""`torchvision:NAME[.WEIGHTS]`: what builds an architecture, and what its weights say of it.

Without a tag the weights are torchvision's default ones. Their preset decides the preprocessing,
whether or not the weights themselves are used.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from harness import Encoding, Geometry, Published, recipe
from harness.errors import UnknownNameError
from harness_torchvision import hub

if TYPE_CHECKING:
    from pathlib import Path

    from harness import ModelRequest, Sourced


def fingerprint(request: ModelRequest) -> str:
    """Return what the name, the weights and torchvision's version decide."""
    return recipe.fingerprint(request, version("torchvision"))


def fetch(request: ModelRequest, folder: Path) -> Sourced:
    """Write the recipe; a file of weights is copied beside it."""
    wanted = network(request.name)
    if request.weights == recipe.PRETRAINED:
        hub.fail_fast()
    return recipe.sourced(request, folder, wanted, fingerprint(request))


def network(name: str) -> recipe.Network:
    """Return how torchvision builds an architecture, and what its weights say of themselves."""
    import torchvision

    architecture, dot, tag = name.partition(".")
    weights = tagged(architecture, tag if dot else "DEFAULT")
    preset = weights.transforms()
    accuracy = weights.meta["_metrics"]["ImageNet-1K"]
    return recipe.Network(
        builder="harness_torchvision.build:built",
        arguments={"name": architecture, "weights": weights.name},
        geometry=Geometry(
            input_size=(*preset.crop_size, *preset.crop_size),
            resize_size=preset.resize_size[0],
            interpolation=preset.interpolation.value,
        ),
        encoding=Encoding(mean=tuple(preset.mean), std=tuple(preset.std)),
        label_space="imagenet-1k",
        published=Published(
            top1=accuracy["acc@1"],
            top5=accuracy["acc@5"],
            source=f"torchvision {torchvision.__version__} weights {weights}",
        ),
    )


def tagged(architecture: str, tag: str) -> Any:  # noqa: ANN401 - a member of a weights enum
    """Return the weights of an architecture by their tag."""
    from torchvision import models

    known = models.list_models(module=models)
    if architecture not in known:
        raise UnknownNameError.among(
            kind="classifier of torchvision", name=architecture, known=known
        )
    weights = models.get_model_weights(architecture)
    tags = list(weights.__members__)
    if tag not in tags:
        kind = f"weights of torchvision's {architecture}"
        raise UnknownNameError.among(kind=kind, name=tag, known=tags)
    return weights[tag]
