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
    """How batches are cut, and how many classes must come back."""

    batch_size: int
    static: bool
    """Whether the last batch is padded to full size and the padding's outputs dropped."""
    classes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The outputs (N x classes) of some rows."""

    rows: NDArray[np.int64]
    outputs: Outputs


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """What a pass found out; predictions are in the order of the images."""

    measurements: list[Measurement]
    outputs: Outputs
    """Raw outputs of the rows that were asked for."""
    ids: Sequence[str]
    targets: NDArray[np.int64]
    classes: NDArray[np.int64]
    """N x 5, best first; -1 where an image could not be read."""
    scores: NDArray[np.float64]


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
        check_shape(outputs, size, shape.classes)
        yield Part(rows=chosen, outputs=outputs[: len(chosen)])


def check_shape(outputs: Outputs, size: int, classes: int) -> None:
    """Refuse outputs that are not one row of floats for each image."""
    if outputs.shape != (size, classes) or outputs.dtype.kind != "f":
        message = (
            f"the backend answered {outputs.dtype} {outputs.shape} "
            f"where floats of shape {(size, classes)} were due"
        )
        raise ModelError(message)


def score(passed: Parts, images: Images, metrics: Sequence[Metric], rows: Sequence[int]) -> Score:
    """Gather metrics, predictions and the raw outputs of `rows` from one pass."""
    count = len(images.ids)
    states: list[Any] = [metric.init() for metric in metrics]
    classes = np.full((count, TOP), -1, np.int64)
    scores = np.zeros((count, TOP))
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
        best = np.argsort(-part.outputs, axis=1, kind="stable")[:, :TOP]
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
    """Write the predictions as Parquet: id, target, and the best classes with their scores."""
    import pyarrow as pa
    from pyarrow import parquet

    columns: dict[str, Any] = {"id": list(result.ids), "target": result.targets}
    for rank in range(TOP):
        columns[f"class_{rank + 1}"] = result.classes[:, rank]
        columns[f"score_{rank + 1}"] = result.scores[:, rank]
    path.parent.mkdir(parents=True, exist_ok=True)
    parquet.write_table(pa.table(columns), path)
