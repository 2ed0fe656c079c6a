"""How requests reach a session: batches back to back, one image at a time, or one image file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import harness
from harness.measure import back_to_back

if TYPE_CHECKING:
    from collections.abc import Iterable


@harness.hookimpl
def harness_scenarios() -> Iterable[harness.Scenario]:
    """Offer MLPerf's offline and single-stream, and the way from an image file to its answer."""
    yield harness.Scenario(
        name="offline",
        summary="each batch size asked for, one batch after the other",
        batch_sizes=tuple,
        drive=back_to_back,
    )
    yield harness.Scenario(
        name="single-stream",
        summary="one image at a time, the next as soon as the last is answered",
        batch_sizes=lambda _sizes: (1,),
        drive=back_to_back,
    )
    yield harness.Scenario(
        name="end-to-end",
        summary="one image file at a time: read, decoded, resized, encoded, answered",
        batch_sizes=lambda _sizes: (1,),
        drive=back_to_back,
        region="end_to_end",
    )
