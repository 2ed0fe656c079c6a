"""`zoo:NAME`: the recipe that builds a network, and the preprocessing it was trained with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from harness import Encoding, Geometry, cache, recipe
from harness.errors import UnknownNameError

if TYPE_CHECKING:
    from harness import ModelRequest, Sourced

WEIGHTS = Path(__file__).with_name("weights")
ZOO = {
    "lenet5": recipe.Network(
        builder="harness_zoo.lenet5:lenet5",
        weights=WEIGHTS / "lenet5.safetensors",
        geometry=Geometry(input_size=(32, 32), mode="L", crop_pct=1.0, pad=2),
        encoding=Encoding(mean=(0.1307,), std=(0.3081,)),
        label_space="mnist",
    ),
    "lenet5-cifar10": recipe.Network(
        builder="harness_zoo.lenet5:lenet5",
        arguments={"channels": 3},
        weights=WEIGHTS / "lenet5-cifar10.safetensors",
        geometry=Geometry(input_size=(32, 32), crop_pct=1.0),
        encoding=Encoding(mean=(0.4914, 0.4822, 0.4465), std=(0.247, 0.2435, 0.2616)),
        label_space="cifar10",
    ),
}


def fingerprint(request: ModelRequest) -> str:
    """Return what the name and the weights decide."""
    shipped = wanted(request).weights
    return recipe.fingerprint(request, cache.file_digest(shipped) if shipped else "")


def fetch(request: ModelRequest, folder: Path) -> Sourced:
    """Write the recipe; weights that are not random are copied beside it."""
    return recipe.sourced(request, folder, wanted(request), fingerprint(request))


def wanted(request: ModelRequest) -> recipe.Network:
    """Return the zoo's network of the name asked for."""
    if request.name not in ZOO:
        raise UnknownNameError.among(kind="network of the zoo", name=request.name, known=ZOO)
    return ZOO[request.name]
