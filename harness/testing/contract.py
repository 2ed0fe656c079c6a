"""What a backend promises, asked of it on a prepared model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness import oracle
from harness.session import LoadOptions
from harness.testing.models import sample_batch
from harness.worker import load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.offers import Backend
    from harness.session import Batch, Outputs
    from harness.types import Artefact

REPEATABLE = 1e-6
"""Relative difference between two answers to one question that float32 explains."""


def broken_promises(
    backend: Backend, artefact: Artefact, *, reference: Backend | None = None, threads: int = 1
) -> list[str]:
    """Return what a backend does not keep of its contract on a prepared model; [] when it does.

    Shapes and types, rows of a batch that depend on the others, answers that change from call to
    call, an untrue `actual`; with a `reference` (the NumPy backend) the distance of its answers
    from float64 on the structure graph.
    """
    return list(_broken(backend, artefact, reference, threads))


def _broken(
    backend: Backend, artefact: Artefact, reference: Backend | None, threads: int
) -> Iterator[str]:
    format = next(  # noqa: A001 - the field's own word
        (each for each in backend.formats if each in artefact.manifest.forms), None
    )
    if format is None:
        made = ", ".join(artefact.manifest.forms)
        yield f"takes {', '.join(backend.formats)}; the model has {made}"
        return
    batch = sample_batch(artefact, 3)
    options = LoadOptions(format=format, threads=threads, batch_size=len(batch))
    loaded = load(backend, artefact, options)
    outputs = loaded.session(batch)
    shape = (len(batch), artefact.manifest.num_classes)
    if outputs.shape != shape or outputs.dtype.kind != "f":
        yield f"answers {outputs.dtype} {outputs.shape}, not floats {shape}"
        return
    if oracle.relative_difference(loaded.session(batch), outputs) > REPEATABLE:
        yield "answers differently when asked again"
    if backend.batching == "dynamic":
        alone = np.concatenate([loaded.session(batch[row : row + 1]) for row in range(len(batch))])
        if oracle.relative_difference(alone, outputs) > 10 * REPEATABLE:
            yield "a row's answer depends on the other rows of its batch"
    actual = loaded.actual
    if (actual.device, actual.precision) != (options.device, options.precision):
        yield f"asked for cpu and fp32, says {actual.device} and {actual.precision}"
    if actual.threads > threads:
        yield f"asked for {threads} threads, says {actual.threads}"
    if reference is not None:
        difference = oracle.relative_difference(outputs, _truth(reference, artefact, batch))
        if difference > oracle.TOLERANCE["fp32"]:
            yield f"differs from the oracle by {difference:.2g}"


def _truth(reference: Backend, artefact: Artefact, batch: Batch) -> Outputs:
    options = LoadOptions(format="structure", precision="fp64")
    return load(reference, artefact, options).session(batch)
