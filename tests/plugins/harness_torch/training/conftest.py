"""What the tests of training share: small data, a training in a few seconds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from ears import Ear, trained  # type: ignore[import-not-found]  # beside this file

from harness.discovery import discover

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.catalog import Catalogs
    from harness_torch.training.card import Card

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def offers() -> Catalogs:
    """Return what the built-ins and the plugin beside this file offer."""
    pytest.importorskip("torch")
    return discover([HERE / "learning.py"])


@pytest.fixture
def train(offers: Catalogs, tmp_path: Path) -> Callable[..., Card]:
    """Return a trainer; the recipe's keys, and those of what is asked for, are keywords."""

    def call(
        *,
        output: str = "out",
        ear: Ear | None = None,
        **more: Any,  # noqa: ANN401 - any key of a recipe or a wish
    ) -> Card:
        card: Card = trained(offers, tmp_path / output, ear or Ear(), **more)
        return card

    return call
