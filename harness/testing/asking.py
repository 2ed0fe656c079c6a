"""How a backend is asked: with what options, and once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.catalog import missing
from harness.errors import UnavailableError
from harness.session import LoadOptions, unfit
from harness.worker import load

if TYPE_CHECKING:
    from harness.offers import Backend
    from harness.session import Batch, Outputs
    from harness.types import Artefact


def load_options(
    backend: Backend, artefact: Artefact, *, threads: int, batch_size: int
) -> LoadOptions:
    """Return what to ask a backend for: the CPU and float32 wherever it has them.

    Raises `UnavailableError` where its formats, its engine or this machine exclude the question.
    """
    made = artefact.manifest.forms
    fitting = [each for each in backend.formats if each in made]
    device = "cpu" if "cpu" in backend.devices else min(backend.devices)
    precision = "fp32" if "fp32" in backend.precisions else min(backend.precisions)
    reason = missing(backend) or unfit(backend, device, precision)
    if not fitting:
        reason = f"takes {', '.join(backend.formats)}; the model has {', '.join(made)}"
    if reason:
        raise UnavailableError(reason)
    return LoadOptions(
        format=fitting[0],
        device=device,
        precision=precision,
        threads=threads,
        batch_size=made[fitting[0]].details.get("batch", batch_size),
    )


def outputs(backend: Backend, artefact: Artefact, batch: Batch, *, threads: int = 1) -> Outputs:
    """Return a backend's answer to a batch; what it raises is not caught."""
    options = load_options(backend, artefact, threads=threads, batch_size=len(batch))
    return load(backend, artefact, options).session(batch)


def truth(reference: Backend, artefact: Artefact, batch: Batch) -> Outputs:
    """Return the answer of the oracle: the NumPy backend in float64, on the structure graph."""
    options = LoadOptions(format="structure", precision="fp64")
    return load(reference, artefact, options).session(batch)
