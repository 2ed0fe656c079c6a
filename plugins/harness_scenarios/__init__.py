"""How requests reach a session: all batch sizes back to back, or one image at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import harness

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence


@harness.hookimpl
def harness_scenarios() -> Iterable[harness.Scenario]:
    """Offer MLPerf's offline and single-stream."""
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


def back_to_back(
    request: Callable[[], object], clock: Callable[[], int], bounds: harness.Bounds
) -> Sequence[int]:
    """Return the nanoseconds of each request until both the time and the count are reached."""
    durations: list[int] = []
    least, append = bounds.calls, durations.append
    before = clock()
    end = before + round(bounds.seconds * 1e9)
    while before < end or len(durations) < least:
        request()
        after = clock()
        append(after - before)
        before = clock()  # read again, so that the loop's own work is in nobody's latency
    return durations
