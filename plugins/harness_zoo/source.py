"""`zoo:NAME`: the recipe that builds a network, and the preprocessing it was trained with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from harness import Encoding, Geometry, UnavailableError, cache, recipe
from harness.errors import UnknownNameError

if TYPE_CHECKING:
    from harness import ModelRequest, Sourced

WEIGHTS = Path(__file__).with_name("weights")


def shipped(name: str) -> Path:
    """Return the file that a network's trained weights are in, the command's card beside it."""
    return WEIGHTS / name / "weights.safetensors"


def grey(name: str, label_space: str, mean: float, std: float) -> recipe.Network:
    """Return LeNet-5 for grey images of 28 x 28."""
    return recipe.Network(
        builder="harness_zoo.lenet5:lenet5",
        weights=shipped(name),
        geometry=Geometry(input_size=(32, 32), mode="L", crop_pct=1.0, pad=2),
        encoding=Encoding(mean=(mean,), std=(std,)),
        label_space=label_space,
    )


def segmenting(name: str, builder: str) -> recipe.Network:
    """Return a network that tells the classes of pixels: garments and digits over photographs."""
    return recipe.Network(
        builder=builder,
        arguments={"classes": 3},
        weights=shipped(name),
        geometry=Geometry(input_size=(64, 64), crop_pct=1.0),
        encoding=Encoding(mean=(0.4914, 0.4822, 0.4465), std=(0.247, 0.2435, 0.2616)),
        label_space="garments-and-digits",
    )


def cifar10(name: str, builder: str, **arguments: int) -> recipe.Network:
    """Return a network for the images of CIFAR-10."""
    return recipe.Network(
        builder=builder,
        arguments=arguments,
        weights=shipped(name),
        geometry=Geometry(input_size=(32, 32), crop_pct=1.0),
        encoding=Encoding(mean=(0.4914, 0.4822, 0.4465), std=(0.247, 0.2435, 0.2616)),
        label_space="cifar10",
    )


ZOO = {
    "lenet5": grey("lenet5", "mnist", 0.1307, 0.3081),
    "lenet5-fashion-mnist": grey("lenet5-fashion-mnist", "fashion-mnist", 0.286, 0.353),
    "lenet5-cifar10": cifar10("lenet5-cifar10", "harness_zoo.lenet5:lenet5", channels=3),
    "resnet20": cifar10("resnet20", "harness_zoo.resnet20:resnet20"),
    "vgg11_slim": cifar10("vgg11_slim", "harness_zoo.vgg11_slim:vgg11_slim"),
    "inception_slim": cifar10("inception_slim", "harness_zoo.inception_slim:inception_slim"),
    "unet": segmenting("unet", "harness_zoo.unet:unet"),
}


def fingerprint(request: ModelRequest) -> str:
    """Return what the name and the weights decide."""
    wanted(request)
    own = request.weights == recipe.PRETRAINED
    return recipe.fingerprint(request, cache.file_digest(shipped(request.name)) if own else "")


def fetch(request: ModelRequest, folder: Path) -> Sourced:
    """Write the recipe; weights that are not random are copied beside it."""
    return recipe.sourced(request, folder, wanted(request), fingerprint(request))


def wanted(request: ModelRequest) -> recipe.Network:
    """Return the zoo's network of the name asked for; its weights are there if they are wanted."""
    if request.name not in ZOO:
        raise UnknownNameError.among(kind="network of the zoo", name=request.name, known=ZOO)
    if request.weights == recipe.PRETRAINED and not shipped(request.name).is_file():
        message = (
            f"zoo:{request.name} has no trained weights here; train it (harness train "
            f'zoo:{request.name} --strategy scratch) or say weights = "random"'
        )
        raise UnavailableError(message)
    return ZOO[request.name]
