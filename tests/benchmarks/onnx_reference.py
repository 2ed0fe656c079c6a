"""A plugin file: ONNX's own reference implementation, to be timed beside the harness's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

import harness

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.session import Batch, Outputs


def load(artefact: harness.Artefact, options: harness.LoadOptions) -> harness.Loaded:
    """Return a session of `onnx.reference`."""
    from onnx.reference import ReferenceEvaluator

    evaluator = ReferenceEvaluator(str(artefact.path("onnx")))
    (name,) = evaluator.input_names

    def session(batch: Batch) -> Outputs:
        (outputs,) = evaluator.run(None, {name: batch})
        return np.asarray(outputs)

    return harness.Loaded(
        session=session,
        actual=harness.Actual(
            device="cpu",
            provider="onnx.reference",
            precision="fp32",
            threads=options.threads,
        ),
    )


@harness.hookimpl
def harness_backends() -> Iterable[harness.Backend]:
    """Offer `onnx.reference`."""
    yield harness.Backend(
        name="onnx_reference",
        summary="ONNX's reference implementation",
        load=load,
        formats=("onnx",),
        distribution="onnx",
    )
