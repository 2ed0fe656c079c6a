"""Top-1 and Top-5 accuracy."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import harness

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    import numpy as np
    from numpy.typing import NDArray

    from harness.session import Outputs


class Count(NamedTuple):
    """How many images were classified rightly, and of how many."""

    right: int = 0
    seen: int = 0


def metrics() -> Iterable[harness.Metric]:
    """Yield Top-1 and Top-5."""
    for name, k in (("top1", 1), ("top5", 5)):
        yield harness.Metric(
            name=name,
            summary=f"images whose true class is among the {k} highest outputs",
            unit="%",
            higher_is_better=True,
            init=Count,
            update=partial(_update, k),
            merge=_merge,
            finish=partial(_finish, name),
        )


def _update(
    k: int, state: Count, outputs: Outputs, targets: NDArray[Any], _ids: Sequence[str]
) -> Count:
    hits = among_top(outputs, targets, k)
    return _merge(state, Count(int(hits.sum()), len(hits)))


def among_top(outputs: Outputs, targets: NDArray[Any], k: int) -> NDArray[np.bool_]:
    """Return for each row whether fewer than `k` classes stand before its target.

    Among equal outputs the lower index stands first. A row with a NaN or an infinity is wrong,
    whatever its order.
    """
    import numpy as np

    if outputs.ndim != 2 or targets.ndim != 1:  # noqa: PLR2004 - N x classes
        message = f"outputs of shape {outputs.shape} for targets of shape {targets.shape}; "
        raise harness.DataError(message + "top1 and top5 are of N x classes and N")
    classes = outputs.shape[1]
    if targets.size and not 0 <= targets.min() <= targets.max() < classes:
        message = f"targets from {targets.min()} to {targets.max()} for {classes} classes"
        raise harness.DataError(message)
    target = targets[:, np.newaxis]
    score = np.take_along_axis(outputs, target, axis=1)
    before = (outputs > score) | ((outputs == score) & (np.arange(classes) < target))
    hits: NDArray[np.bool_] = (before.sum(axis=1) < k) & np.isfinite(outputs).all(axis=1)
    return hits


def _merge(one: Count, other: Count) -> Count:
    return Count(one.right + other.right, one.seen + other.seen)


def _finish(name: str, state: Count, unreadable: int) -> harness.Measurement:
    from harness import stats

    n = state.seen + unreadable
    if n == 0:
        return harness.Measurement(name=name, unit="%", reason="no images were evaluated")
    low, high = stats.wilson(state.right, n)
    return harness.Measurement(
        name=name,
        unit="%",
        value=100 * state.right / n,
        low=100 * low,
        high=100 * high,
        k=state.right,
        n=n,
    )
