"""Every image classifier of torchvision, with the preprocessing that belongs to its weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness import ModelSource, hookimpl
from harness_torchvision import source

if TYPE_CHECKING:
    from collections.abc import Iterable


@hookimpl
def harness_model_sources() -> Iterable[ModelSource]:
    """Offer `torchvision:NAME[.WEIGHTS]`."""
    yield ModelSource(
        name="torchvision",
        summary="any image classifier of torchvision.models",
        models=lambda: (),
        fingerprint=source.fingerprint,
        fetch=source.fetch,
        format="torch-source",
        check=lambda request: source.network(request.name),
        requires=("torchvision", "torch", "safetensors"),
        install="cnn-harness[torchvision]",
    )
