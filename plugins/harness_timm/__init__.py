"""Every architecture of timm, with the preprocessing that belongs to its weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness import ModelSource, hookimpl
from harness_timm import source

if TYPE_CHECKING:
    from collections.abc import Iterable


@hookimpl
def harness_model_sources() -> Iterable[ModelSource]:
    """Offer `timm:NAME`."""
    yield ModelSource(
        name="timm",
        summary="any architecture that timm.list_models() names",
        models=lambda: (),
        fingerprint=source.fingerprint,
        fetch=source.fetch,
        format="torch-source",
        check=lambda request: source.network(request.name),
        requires=("timm", "torch", "safetensors"),
        install="cnn-harness[timm]",
    )
