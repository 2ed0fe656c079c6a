"""The card of a trained network: all that decided it, and how it came out; read back as a model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness import (
    Encoding,
    Geometry,
    ModelError,
    Parameters,
    Subset,
    cache,
    decode,
    environment,
    store,
)
from harness.recipe import Network
from harness.types import Json  # noqa: TC001 - msgspec reads the annotations
from harness_torch.training.recipe import Strategy, TrainingRecipe  # noqa: TC001 - likewise
from harness_torch.training.setting import Setting  # noqa: TC001 - likewise

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA = 1
FILE = "card.json"
WEIGHTS = "weights.safetensors"
FACTS = (
    "cpu",
    "cpu_flags",
    "cores",
    "memory_gib",
    "gpus",
    "system",
    "python",
    "versions",
    "harness",
    "command",
)
"""What a card tells of the machine; its name is nobody's business."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything that decides the weights. A training goes on only where it is the same."""

    model: str
    """The name as asked for, `scheme:name`."""
    strategy: Strategy
    start: str
    """Where its first weights came from."""
    start_identity: str
    """Changes whenever those do."""
    data: str
    """Where the images came from."""
    training: Subset
    validation: Subset
    recipe: TrainingRecipe
    setting: Setting


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """The mean loss over some images, and how many of them were right."""

    loss: float
    right: int
    total: int

    @property
    def accuracy(self) -> float:
        """Return the percentage that is right."""
        return 100 * self.right / self.total


@dataclass(frozen=True, slots=True, kw_only=True)
class Epoch:
    """One epoch: the scores of the images learnt from, while it lasted, and of those held out."""

    number: int
    training: Score
    validation: Score
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """How the weights beside it came about, and how they are used."""

    schema: int
    plan: Plan
    builder: str
    arguments: dict[str, Json]
    geometry: Geometry
    encoding: Encoding
    label_space: str
    classes: tuple[str, ...]
    weights: str
    """The sha256 of the file."""
    parameters: Parameters
    learnt: int
    """How many parameters were free to change."""
    curve: tuple[Epoch, ...]
    epoch: int
    """Whose weights these are: the held-out images' favourite."""
    stopped: str
    """Why there are fewer epochs than the recipe asks for; empty where there are not."""
    test: Score | None
    """In float32, when the training ended or was stopped; None where no images are left for it."""
    tested: Subset | None
    unreadable: int
    """How many images were left out because they cannot be decoded."""
    seconds: float
    """That the epochs took, all interruptions left out."""
    facts: dict[str, Json]
    """About the machine and the versions at work."""


def write(card: Card, folder: Path) -> None:
    """Write a card to be read by people too."""
    import msgspec

    with store.whole(folder / FILE) as partial:
        partial.write_bytes(msgspec.json.format(decode.encode(card), indent=2) + b"\n")


def facts() -> dict[str, Json]:
    """Return what a card tells of this machine."""
    known = environment.fingerprint(["safetensors"])
    return {name: known[name] for name in FACTS if name in known}


def read(folder: Path) -> Card:
    """Return the card in a folder; `ModelError` where there is none or the weights are others."""
    path = folder / FILE
    if not path.is_file():
        message = f"{folder} holds no {FILE}; give the folder that harness train wrote"
        raise ModelError(message)
    card = decode.json(path.read_bytes(), Card, str(path), error=ModelError)
    weights = folder / WEIGHTS
    if not weights.is_file() or cache.file_digest(weights) != card.weights:
        message = f"{weights} is not the file that {path} is about"
        raise ModelError(message)
    return card


def network(card: Card, folder: Path) -> Network:
    """Return a trained network as a source knows it."""
    return Network(
        builder=card.builder,
        arguments=card.arguments,
        geometry=card.geometry,
        encoding=card.encoding,
        label_space=card.label_space,
        weights=folder / WEIGHTS,
    )
