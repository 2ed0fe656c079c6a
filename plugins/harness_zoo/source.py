"""`zoo:NAME`: the recipe that builds a network, and the preprocessing it was trained with."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness import Encoding, Geometry, Node, Sourced, cache, decode
from harness.errors import UnknownNameError, nearest

if TYPE_CHECKING:
    from harness import ModelRequest

RECIPE = "source.json"
GIVEN = "given"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A network of the zoo."""

    builder: str
    weights: Path
    geometry: Geometry
    encoding: Encoding
    label_space: str


ZOO = {
    "lenet5": Entry(
        builder="harness_zoo.lenet5:lenet5",
        weights=Path(__file__).with_name("weights") / "lenet5.safetensors",
        geometry=Geometry(input_size=(32, 32), mode="L", crop_pct=1.0, pad=2),
        encoding=Encoding(mean=(0.1307,), std=(0.3081,)),
        label_space="mnist",
    ),
}


def fingerprint(request: ModelRequest) -> str:
    """Return what the name and the weights decide."""
    path = file(request)
    weights = f"random {request.seed}" if path is None else cache.file_digest(path)
    return cache.digest([request.name, weights])


def fetch(request: ModelRequest, folder: Path) -> Sourced:
    """Write the recipe; weights that are not random are copied beside it."""
    entry = wanted(request)
    path = file(request)
    weights = "random"
    if path is not None:
        weights = f"{GIVEN}/{path.name}"
        (folder / GIVEN).mkdir(exist_ok=True)
        shutil.copyfile(path, folder / weights)
    geometry = request.geometry or entry.geometry
    recipe = {
        "builder": entry.builder,
        "arguments": {},
        "input_shape": [len(entry.encoding.mean), *geometry.input_size],
        "weights": weights,
        "seed": request.seed,
        "identity": fingerprint(request),
    }
    (folder / RECIPE).write_bytes(decode.canonical(recipe))
    origin = {"random": f"random (seed {request.seed})", "pretrained": "pretrained"}
    return Sourced(
        form=cache.form(folder, RECIPE, Node(format="torch-source"), recipe),
        weights=origin.get(request.weights, Path(request.weights).name),
        geometry=geometry,
        encoding=request.encoding or entry.encoding,
        label_space=request.label_space or entry.label_space,
        activation=request.activation or "logits",
        output=request.output,
    )


def wanted(request: ModelRequest) -> Entry:
    """Return the zoo's entry of the name asked for."""
    if request.name not in ZOO:
        message = f"no network named {request.name!r} in the zoo; {nearest(request.name, ZOO)}"
        raise UnknownNameError(message)
    return ZOO[request.name]


def file(request: ModelRequest) -> Path | None:
    """Return the file that the weights come from; none when they are random."""
    if request.weights == "random":
        return None
    if request.weights == "pretrained":
        return wanted(request).weights
    return Path(request.weights)
