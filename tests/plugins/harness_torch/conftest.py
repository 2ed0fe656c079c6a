"""What the tests of the torch plugin share: one export."""

from __future__ import annotations

from typing import TYPE_CHECKING

import networks  # type: ignore[import-not-found]  # beside this file
import pytest

from harness_torch import convert

if TYPE_CHECKING:
    from harness import Artefact


@pytest.fixture(scope="session")
def artefact(tmp_path_factory: pytest.TempPathFactory) -> Artefact:
    """Return the tiny network in all its forms."""
    folder = tmp_path_factory.mktemp("tiny-torch")
    torch = convert.to_torch(networks.source(), folder)
    structure = convert.to_structure(torch, folder)
    onnx = convert.to_onnx(structure, folder)
    made: Artefact = networks.artefact(
        folder, {"torch": torch, "structure": structure, "onnx": onnx}
    )
    return made
