"""ResNet-50 as Keras ships it, with its ImageNet weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness import ModelSource, hookimpl
from harness_keras import source

if TYPE_CHECKING:
    from collections.abc import Iterable


@hookimpl
def harness_model_sources() -> Iterable[ModelSource]:
    """Offer `keras:resnet50`."""
    yield ModelSource(
        name="keras",
        summary="networks as Keras ships them, with its ImageNet weights",
        models=lambda: (source.NAME,),
        fingerprint=source.fingerprint,
        fetch=source.fetch,
        format="torch-source",
        requires=("torch", "safetensors"),
        install="cnn-harness[torch]",
    )
