"""`trained:PATH`: a folder that `harness train` wrote, whose card says how it is used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness import recipe
from harness_torch.training import card

if TYPE_CHECKING:
    from pathlib import Path

    from harness import ModelRequest, Sourced


def fingerprint(request: ModelRequest) -> str:
    """Return what the card and the weights decide."""
    return recipe.fingerprint(request, opened(request).weights)


def fetch(request: ModelRequest, folder: Path) -> Sourced:
    """Write the recipe; the weights are copied beside it."""
    network = card.network(opened(request), request.folder / request.name)
    return recipe.sourced(request, folder, network, fingerprint(request))


def opened(request: ModelRequest) -> card.Card:
    """Return the card in the folder that is asked for."""
    return card.read(request.folder / request.name)
