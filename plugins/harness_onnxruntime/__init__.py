"""ONNX Runtime on CPU and CUDA."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness import Backend, hookimpl
from harness_onnxruntime import backend

if TYPE_CHECKING:
    from collections.abc import Iterable


@hookimpl
def harness_backends() -> Iterable[Backend]:
    """Offer `onnxruntime`."""
    yield Backend(
        name="onnxruntime",
        summary="ONNX Runtime, all graph optimisations",
        load=backend.load,
        formats=("onnx",),
        devices=frozenset({"cpu", "cuda"}),
        distribution=backend.distribution(),
        requires=("onnxruntime",),
        install="cnn-harness[onnxruntime]",
        missing_device=backend.missing_device,
    )
