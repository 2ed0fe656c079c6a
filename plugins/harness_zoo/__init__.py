"""Classic networks with their definitions and weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness import ModelSource, hookimpl
from harness_zoo import source

if TYPE_CHECKING:
    from collections.abc import Iterable


@hookimpl
def harness_model_sources() -> Iterable[ModelSource]:
    """Offer `zoo:lenet5` and the others."""
    yield ModelSource(
        name="zoo",
        summary="classic networks, trained here",
        models=lambda: tuple(source.ZOO),
        fingerprint=source.fingerprint,
        fetch=source.fetch,
        format="torch-source",
        check=source.wanted,
        requires=("torch", "safetensors"),
        install="cnn-harness[torch]",
    )
