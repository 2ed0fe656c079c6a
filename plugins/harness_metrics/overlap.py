"""Mean intersection over union, and pixel accuracy.

Both are ratios of pixel counts summed over all images. Pixels of one image are not independent of
each other: the interval comes from drawing images anew, with replacement.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import harness

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    import numpy as np
    from numpy.typing import NDArray

    from harness.session import Outputs

    Counts: TypeAlias = NDArray[Any]

DRAWS = 1000


class Pixels(NamedTuple):
    """Pixel counts of each image (N x classes), in parts."""

    shared: tuple[Counts, ...] = ()
    """Of this class, and answered so."""
    known: tuple[Counts, ...] = ()
    """Of this class."""
    answered: tuple[Counts, ...] = ()
    """Answered so, where the class is known."""


def metrics() -> Iterable[harness.Metric]:
    """Yield both; a pixel whose class is not known counts in neither."""
    for name, summary, ratio in (
        ("mean_iou", "mean over the classes of intersection over union of pixels", mean_iou),
        ("pixel_accuracy", "pixels whose class is the highest output", pixel_accuracy),
    ):
        yield harness.Metric(
            name=name,
            summary=summary,
            unit="%",
            higher_is_better=True,
            of="pixels",
            init=Pixels,
            update=update,
            merge=merge,
            finish=_finisher(name, ratio),
        )


def update(state: Pixels, outputs: Outputs, targets: NDArray[Any], _ids: Sequence[str]) -> Pixels:
    """Return the state with a batch counted; an answer that is not finite is wrong everywhere.

    Raises `DataError` for outputs that are not N x classes x H x W with targets of N x H x W.
    """
    import numpy as np

    if outputs.ndim != 4 or (len(outputs), *outputs.shape[2:]) != targets.shape:  # noqa: PLR2004
        message = f"outputs of shape {outputs.shape} for targets of shape {targets.shape}; "
        raise harness.DataError(message + "pixels need N x classes x H x W and N x H x W")
    classes = outputs.shape[1]
    if targets.size and targets.max() >= classes:
        message = f"targets up to {targets.max()} for {classes} classes"
        raise harness.DataError(message)
    answers = np.where(np.isfinite(outputs).all(axis=1), outputs.argmax(axis=1), -1)
    answers = np.where(targets < 0, -1, answers)

    def counts(where: NDArray[Any]) -> Counts:
        return np.stack([(where == each).sum(axis=(1, 2)) for each in range(classes)], axis=1)

    shared = counts(np.where(answers == targets, targets, -1))
    return merge(state, Pixels((shared,), (counts(targets),), (counts(answers),)))


def merge(one: Pixels, other: Pixels) -> Pixels:
    """Return the state of all images of both."""
    return Pixels(*(mine + theirs for mine, theirs in zip(one, other, strict=True)))


def mean_iou(shared: Counts, known: Counts, answered: Counts) -> NDArray[np.float64]:
    """Return it for each row of sums (... x classes), over the classes that occur there."""
    import numpy as np

    union = known + answered - shared
    iou: NDArray[np.float64] = shared / np.where(union > 0, union, np.nan)
    mean: NDArray[np.float64] = np.nanmean(iou, axis=-1)
    return mean


def pixel_accuracy(shared: Counts, known: Counts, _answered: Counts) -> NDArray[np.float64]:
    """Return the share of pixels that are right, for each row of sums (... x classes)."""
    ratio: NDArray[np.float64] = shared.sum(axis=-1) / known.sum(axis=-1)
    return ratio


def _finisher(
    name: str, ratio: Callable[[Counts, Counts, Counts], NDArray[np.float64]]
) -> Callable[[Pixels, int], harness.Measurement]:
    def finish(state: Pixels, unreadable: int) -> harness.Measurement:
        import numpy as np

        parts = [np.concatenate(each) if each else np.zeros((0, 1), int) for each in state]
        asked = parts[1].sum(axis=1) > 0
        count = int(asked.sum())
        if not count:
            reason = "no pixels were evaluated"
            return harness.Measurement(name=name, unit="%", reason=reason)
        parts = [each[asked] for each in parts]
        # An image that cannot be read has as many pixels as the others, and none is right.
        share = 1 + unreadable / count
        weights = np.random.default_rng(0).multinomial(count, np.full(count, 1 / count), DRAWS)

        def found(sums: list[Counts]) -> NDArray[np.float64]:
            shared, known, answered = sums
            return 100 * ratio(shared, known * share, answered)

        low, high = np.quantile(found([weights @ each for each in parts]), (0.025, 0.975))
        return harness.Measurement(
            name=name,
            unit="%",
            value=float(found([each.sum(axis=0) for each in parts])),
            low=float(low),
            high=float(high),
            n=count + unreadable,
        )

    return finish
