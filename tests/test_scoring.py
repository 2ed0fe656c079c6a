from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from harness import scoring
from harness.discovery import discover
from harness.errors import ModelError
from harness.subset import Images
from harness.types import Encoding

if TYPE_CHECKING:
    from pathlib import Path

    from harness.session import Batch, Outputs

ENCODING = Encoding(mean=(0.0,), std=(1.0,), scale=1.0)
COUNT, CLASSES = 7, 6


def images(**unreadable: str) -> Images:
    """Return images whose every pixel is their number, which is their target as well."""
    numbers = np.arange(COUNT, dtype=np.uint8)
    return Images(
        pixels=np.broadcast_to(numbers[:, None, None, None], (COUNT, 2, 2, 1)).copy(),
        targets=(numbers % CLASSES).astype(np.int64),
        ids=tuple(f"i{number}" for number in numbers),
        unreadable=unreadable,
    )


def session(batch: Batch) -> Outputs:
    """Answer the class that the pixels tell."""
    answer: Outputs = np.eye(CLASSES, dtype=np.float32)[np.int64(batch[:, 0, 0, 0]) % CLASSES]
    return answer


def shape(*, static: bool = False) -> scoring.Shape:
    return scoring.Shape(batch_size=3, static=static, answer=(CLASSES,))


def test_rows_come_in_batches_and_in_order() -> None:
    found = list(scoring.parts(session, ENCODING, images(), range(COUNT), shape()))
    assert [each.rows.tolist() for each in found] == [[0, 1, 2], [3, 4, 5], [6]]
    assert [each.outputs.argmax(1).tolist() for each in found] == [[0, 1, 2], [3, 4, 5], [0]]


def test_rows_may_be_asked_for_in_any_order_and_more_than_once() -> None:
    found = list(scoring.parts(session, ENCODING, images(), [4, 1, 4], shape()))
    assert [each.outputs.argmax(1).tolist() for each in found] == [[4, 1, 4]]


def test_a_fixed_batch_is_padded_and_the_padding_dropped() -> None:
    sizes = []

    def watched(batch: Batch) -> Outputs:
        sizes.append(len(batch))
        return session(batch)

    found = list(scoring.parts(watched, ENCODING, images(), range(COUNT), shape(static=True)))
    assert sizes == [3, 3, 3]
    assert [len(each.outputs) for each in found] == [3, 3, 1]


def test_unreadable_images_are_not_asked_about_but_count_as_failures(tmp_path: Path) -> None:
    from pyarrow import parquet

    broken = images(i1="cut off", i6="no image")
    metrics = [discover().metrics["top1"]]
    passed = scoring.parts(session, ENCODING, broken, range(COUNT), shape())
    result = scoring.score(passed, broken, metrics, [0, 1, 2])
    (top1,) = result.measurements
    assert (top1.k, top1.n) == (5, 7)
    assert result.classes[1].tolist() == [-1] * 5
    assert result.outputs.argmax(1).tolist() == [0, 2]
    scoring.write_predictions(result, tmp_path / "p.parquet")
    table = parquet.read_table(tmp_path / "p.parquet")
    assert table["id"].to_pylist() == list(broken.ids)
    assert table["class_1"].to_pylist() == [0, -1, 2, 3, 4, 5, -1]
    assert table["score_1"].to_pylist()[0] == 1


@pytest.mark.parametrize(
    "answer",
    [np.zeros((2, CLASSES)), np.zeros((3, CLASSES + 1)), np.zeros((3, CLASSES), np.int64)],
)
def test_outputs_of_another_shape_or_type_are_refused(answer: Outputs) -> None:
    with pytest.raises(ModelError, match="where floats of shape"):
        list(scoring.parts(lambda _batch: answer, ENCODING, images(), range(COUNT), shape()))


def test_maps_are_kept_with_their_best_class(tmp_path: Path) -> None:
    from pyarrow import parquet

    maps = replace(images(i1="cut off"), targets=np.tile([[0, 1], [2, -1]], (COUNT, 1, 1)))

    def answered(batch: Batch) -> Outputs:
        scores = np.zeros((len(batch), CLASSES, 2, 2), np.float32)
        scores[:, 2] = 0.5
        scores[:, 4, 0, 1] = 3
        return scores

    wanted = replace(shape(), answer=(CLASSES, 2, 2))
    passed = scoring.parts(answered, ENCODING, maps, range(COUNT), wanted)
    result = scoring.score(passed, maps, [discover().metrics["pixel_accuracy"]], [0], (2, 2))
    (found,) = result.measurements
    assert found.value == pytest.approx(100 / 3 * (COUNT - 1) / COUNT)
    assert result.outputs.shape == (1, CLASSES, 2, 2)
    scoring.write_predictions(result, tmp_path / "p.parquet")
    table = parquet.read_table(tmp_path / "p.parquet")
    assert table.column_names == ["id", "target", "class_1", "score_1"]
    assert table["target"].to_pylist()[0] == [0, 1, 2, -1]
    assert table["class_1"].to_pylist()[:2] == [[2, 4, 2, 2], [-1] * 4]
    assert table["score_1"].to_pylist()[0] == [0.5, 3, 0.5, 0.5]
