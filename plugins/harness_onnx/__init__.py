"""A user's own ONNX file, with what its weights need stated beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness import Converter, ModelSource, Node, hookimpl
from harness_onnx import source, structure

if TYPE_CHECKING:
    from collections.abc import Iterable


@hookimpl
def harness_model_sources() -> Iterable[ModelSource]:
    """Offer `onnx:PATH`."""
    yield ModelSource(
        name="onnx",
        summary="an ONNX file; its preprocessing stands in the suite or in FILE.onnx.toml",
        models=lambda: (),
        fingerprint=source.fingerprint,
        fetch=source.fetch,
    )


@hookimpl
def harness_converters() -> Iterable[Converter]:
    """Offer the file as its own structure graph, whatever its batching."""
    yield Converter(
        name="onnx-to-structure",
        summary="take the file itself as the structure graph",
        source=Node(format="onnx"),
        target=Node(format="structure"),
        convert=structure.to_structure,
    )
    yield Converter(
        name="static-onnx-to-structure",
        summary="take the file itself as the structure graph, at its one batch size",
        source=Node(format="onnx", batching="static"),
        target=Node(format="structure", batching="static"),
        convert=structure.to_structure,
    )
