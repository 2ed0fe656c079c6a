"""A backend that answers zeros at once: what it takes is the harness's own overhead."""

from __future__ import annotations

from typing import TYPE_CHECKING

import harness
from harness.session import check

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.session import Batch, Outputs


def load(artefact: harness.Artefact, options: harness.LoadOptions) -> harness.Loaded:
    """Return a session that computes nothing."""
    import numpy as np

    check(options, "null", ("cpu",), ("fp32",))
    answer = artefact.manifest.answer

    def session(batch: Batch) -> Outputs:
        return np.zeros((len(batch), *answer), np.float32)

    return harness.Loaded(
        session=session,
        actual=harness.Actual(
            device=options.device,
            provider="null",
            precision=options.precision,
            threads=options.threads,
        ),
    )


@harness.hookimpl
def harness_backends() -> Iterable[harness.Backend]:
    """Offer the control."""
    yield harness.Backend(
        name="null",
        summary="answers zeros; shows the harness's own overhead",
        load=load,
        formats=("onnx",),
        role="control",
    )
