"""A model given as a recipe: who builds its network, and where its weights come from.

For sources whose networks are code. The builder is an object reference (`module:function`), so a
source imports no engine; it is imported where the network is built, and it never comes from a
model file.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from harness import cache, decode
from harness.offers import Sourced
from harness.types import Json, Node

if TYPE_CHECKING:
    from typing import Literal

    from harness.types import Encoding, Geometry, ModelRequest, Published

FILE = "source.json"
GIVEN = "given"
PRETRAINED, RANDOM = "pretrained", "random"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What the details of a form hold that is built by code.

    `weights` is `random` (drawn from `seed`), `pretrained` (the builder takes `pretrained=True`)
    or a file, relative to the artefact's folder.
    """

    builder: str
    """`module:function`, called with the arguments."""
    input_shape: tuple[int, int, int]
    """Channels, height and width."""
    arguments: dict[str, Json] = field(default_factory=dict)
    weights: str = RANDOM
    seed: int = 0
    identity: str = ""
    """Changes whenever the weights do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """What a source knows of one of its models."""

    builder: str
    arguments: dict[str, Json] = field(default_factory=dict)
    geometry: Geometry
    encoding: Encoding
    label_space: str
    activation: Literal["logits", "softmax"] = "logits"
    weights: Path | None = None
    """The file of the pretrained weights; without it the builder takes `pretrained=True`."""
    published: Published | None = None
    """Of the pretrained weights, with the geometry and the encoding above."""
    format: str = "torch-source"


def fingerprint(request: ModelRequest, *traits: str) -> str:
    """Return what name, weights and the source's own traits decide."""
    return cache.digest([request.name, _weights(request), *traits])


def sourced(request: ModelRequest, folder: Path, network: Network, identity: str) -> Sourced:
    """Write a network's recipe into a folder, with the file of its weights beside it.

    What the user states goes before what the network says; `identity` is the source's fingerprint
    of the request.
    """
    geometry = request.geometry or network.geometry
    encoding = request.encoding or network.encoding
    own = (network.geometry, network.encoding) == (geometry, encoding)
    file = network.weights if request.weights == PRETRAINED else _file(request)
    recipe = {
        "builder": network.builder,
        "arguments": network.arguments,
        "input_shape": [3 if geometry.mode == "RGB" else 1, *geometry.input_size],
        "weights": _copied(file, folder) if file else request.weights,
        "seed": request.seed,
        "identity": identity,
    }
    with cache.writable(folder):
        (folder / FILE).write_bytes(decode.canonical(recipe))
    origin = {PRETRAINED: PRETRAINED, RANDOM: f"random (seed {request.seed})"}
    return Sourced(
        form=cache.form(folder, FILE, Node(format=network.format), recipe),
        weights=origin.get(request.weights, Path(request.weights).name),
        geometry=geometry,
        encoding=encoding,
        label_space=request.label_space or network.label_space,
        activation=request.activation or network.activation,
        output=request.output,
        published=network.published if own and request.weights == PRETRAINED else None,
    )


def _weights(request: ModelRequest) -> str:
    if file := _file(request):
        return cache.file_digest(file)
    return f"{RANDOM} {request.seed}" if request.weights == RANDOM else PRETRAINED


def _file(request: ModelRequest) -> Path | None:
    """Return the file that the user gives the weights in, if they do."""
    return None if request.weights in {PRETRAINED, RANDOM} else Path(request.weights)


def _copied(path: Path, folder: Path) -> str:
    """Put a file of weights beside the recipe and return its name within the folder."""
    name = f"{GIVEN}/{path.name}"
    with cache.writable(folder):
        (folder / GIVEN).mkdir(exist_ok=True)
        shutil.copyfile(path, folder / name)
    return name
