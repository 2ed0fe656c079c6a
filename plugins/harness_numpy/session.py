"""From an artefact to a session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from harness import Actual, Loaded, UsageError
from harness.session import check
from harness_numpy import sharing
from harness_numpy.graph import read

if TYPE_CHECKING:
    from harness import Artefact, LoadOptions

PRECISIONS: dict[str, np.dtype[Any]] = {
    "fp32": np.dtype(np.float32),
    "fp64": np.dtype(np.float64),
}

WORTH = 1e8
"""Work below which a row is done before a second thread has woken: LeNet-5's."""


def load(artefact: Artefact, options: LoadOptions) -> Loaded:
    """Return a session that computes in the precision asked for, whatever the file's.

    Raises `UsageError` for what is not offered and `ModelError` for a file that cannot be run.
    """
    check(options, "numpy", ("cpu",), PRECISIONS)
    if options.settings:
        message = f"backend numpy has no settings; remove {', '.join(options.settings)}"
        raise UsageError(message)
    path = artefact.path(options.format)
    graph = read(path, output=artefact.manifest.output, real=PRECISIONS[options.precision])
    actual = Actual(
        device="cpu",
        provider="numpy",
        precision=options.precision,
        threads=options.threads,
        versions={"numpy": np.__version__} | _blas(),
        fallback=graph.fallback,
    )
    shared = graph.separable and graph.work >= WORTH and options.precision == "fp32"
    return Loaded(session=sharing.session(graph, options.threads, shared=shared), actual=actual)


def _blas() -> dict[str, str]:
    """Return the library that does NumPy's matrix products, with its version."""
    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    return {blas["name"]: blas["version"]} if blas.get("found") else {}
