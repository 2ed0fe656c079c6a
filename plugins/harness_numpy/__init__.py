"""The reference backend: ONNX graphs in NumPy, in float32 and float64.

In float64, on the structure graph, it is the oracle that every other backend is held against.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness import Backend, hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness import Artefact, Loaded, LoadOptions


@hookimpl
def harness_backends() -> Iterator[Backend]:
    """Offer `numpy`."""
    yield Backend(
        name="numpy",
        summary="readable NumPy, the float64 oracle",
        load=_load,
        formats=("onnx", "structure"),
        devices=frozenset({"cpu"}),
        precisions=frozenset({"fp32", "fp64"}),
        batching="dynamic",
        distribution="numpy",
    )


def _load(artefact: Artefact, options: LoadOptions) -> Loaded:
    from harness_numpy import session

    return session.load(artefact, options)
