"""A pass over images: outputs batch by batch, metrics, predictions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from harness.errors import ModelError
from harness.preprocess import encoder

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from harness.offers import Metric
    from harness.session import Outputs, Session
    from harness.subset import Images
    from harness.types import Encoding, Measurement

    Parts: TypeAlias = Iterator["Part"]

TOP = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How batches are cut, and what must come back."""

    batch_size: int
    static: bool
    """Whether the last batch is padded to full size and the padding's outputs dropped."""
    answer: tuple[int, ...]
    """Of one image: classes, or classes x height x width."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The outputs (N x classes, or N x classes x height x width) of some rows."""

    rows: NDArray[np.int64]
    outputs: Outputs


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """What a pass found out; predictions are in the order of the images."""

    measurements: list[Measurement]
    outputs: Outputs
    """Raw outputs of the rows that were asked for."""
    ids: Sequence[str]
    targets: NDArray[np.integer]
    classes: NDArray[np.int32]
    """N x 5, best first, or N x 1 x height x width; -1 where an image could not be read."""
    scores: NDArray[np.floating]


def parts(
    session: Session,
    encoding: Encoding,
    images: Images,
    rows: Sequence[int],
    shape: Shape,
) -> Parts:
    """Run rows through a session in batches; unreadable images are left out."""
    encode = encoder(encoding)
    unreadable = [row for row, name in enumerate(images.ids) if name in images.unreadable]
    wanted = np.asarray(rows, np.int64)
    readable = wanted[~np.isin(wanted, unreadable)]
    for start in range(0, len(readable), shape.batch_size):
        chosen = readable[start : start + shape.batch_size]
        size = shape.batch_size if shape.static else len(chosen)
        outputs = session(encode(images.pixels[np.resize(chosen, size)]))
        check_shape(outputs, size, shape.answer)
        yield Part(rows=chosen, outputs=outputs[: len(chosen)])


def check_shape(outputs: Outputs, size: int, answer: tuple[int, ...]) -> None:
    """Refuse outputs that are not floats, an answer of that shape for each image."""
    if outputs.shape != (size, *answer) or outputs.dtype.kind != "f":
        message = (
            f"the backend answered {outputs.dtype} {outputs.shape} "
            f"where floats of shape {(size, *answer)} were due"
        )
        raise ModelError(message)


def score(
    passed: Parts,
    images: Images,
    metrics: Sequence[Metric],
    rows: Sequence[int],
    size: tuple[int, ...] = (),
) -> Score:
    """Gather metrics, predictions and the raw outputs of `rows` from one pass.

    `size` is the height and width of a map of answers; of a map the best class alone is kept.
    """
    count, kept_classes = len(images.ids), 1 if size else TOP
    states: list[Any] = [metric.init() for metric in metrics]
    classes = np.full((count, kept_classes, *size), -1, np.int32)
    scores = np.zeros(classes.shape, np.float32 if size else np.float64)
    wanted = np.zeros(count, bool)
    wanted[list(rows)] = True
    kept = []
    for part in passed:
        ids = [images.ids[row] for row in part.rows]
        targets = images.targets[part.rows]
        states = [
            metric.update(state, part.outputs, targets, ids)
            for metric, state in zip(metrics, states, strict=True)
        ]
        best = _best(part.outputs, kept_classes)
        classes[part.rows, : best.shape[1]] = best
        scores[part.rows, : best.shape[1]] = np.take_along_axis(part.outputs, best, axis=1)
        kept.append(part.outputs[wanted[part.rows]])
    return Score(
        measurements=[
            metric.finish(state, len(images.unreadable))
            for metric, state in zip(metrics, states, strict=True)
        ],
        outputs=np.concatenate(kept) if kept else np.zeros((0, 0)),
        ids=images.ids,
        targets=images.targets,
        classes=classes,
        scores=scores,
    )


def write_predictions(result: Score, path: Path) -> None:
    """Write the predictions as Parquet: id, target, and the best classes with their scores.

    Maps stand there pixel after pixel, as lists.
    """
    import pyarrow as pa
    from pyarrow import parquet

    columns: dict[str, Any] = {"id": list(result.ids), "target": _column(result.targets)}
    for rank in range(result.classes.shape[1]):
        columns[f"class_{rank + 1}"] = _column(result.classes[:, rank])
        columns[f"score_{rank + 1}"] = _column(result.scores[:, rank])
    path.parent.mkdir(parents=True, exist_ok=True)
    parquet.write_table(pa.table(columns), path)


def _best(outputs: Outputs, count: int) -> NDArray[np.int64]:
    """Return so many classes, best first; of equal ones the lowest index."""
    if count == 1:  # of each pixel: sorting would take four times as long
        return np.expand_dims(outputs.argmax(axis=1), 1)
    return np.argsort(-outputs, axis=1, kind="stable")[:, :count]


def _column(values: NDArray[Any]) -> NDArray[Any] | list[NDArray[Any]]:
    return values if values.ndim == 1 else list(values.reshape(len(values), -1))
