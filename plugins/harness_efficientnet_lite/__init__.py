"""EfficientNet-Lite 0 to 2 with the ImageNet weights that their authors published."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness import ModelSource, hookimpl
from harness_efficientnet_lite import source

if TYPE_CHECKING:
    from collections.abc import Iterable


@hookimpl
def harness_model_sources() -> Iterable[ModelSource]:
    """Offer `efficientnet-lite:lite0`, `lite1` and `lite2`."""
    yield ModelSource(
        name="efficientnet-lite",
        summary="EfficientNet-Lite with its authors' ImageNet weights",
        models=lambda: tuple(source.VARIANTS),
        fingerprint=source.fingerprint,
        fetch=source.fetch,
        format="torch-source",
        requires=("timm", "torch", "safetensors"),
        install="cnn-harness[timm]",
    )
