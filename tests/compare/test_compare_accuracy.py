from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from harness.compare.accuracy import of_pair
from harness.compare.pairing import Pair
from harness.types import Measurement
from tests.records import NEW, OLD, classified

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from harness.compare.accuracy import Accuracy
    from harness.types import Record


def compared(folder: Path, first: Sequence[int], second: Sequence[int]) -> Accuracy:
    return of_pair(
        Pair(
            classified(OLD, first, folder / "old.parquet"),
            classified(NEW, second, folder / "new.parquet"),
        )
    )


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    return Pair(*(classified(each, [0, 1], tmp_path / each.backend) for each in (OLD, NEW)))


@pytest.mark.parametrize(
    ("second", "verdict", "p"),
    [
        ([0, 0, 0, 0, 0, 0, 1, 1], "same answers", 1),
        ([0, 0, 0, 0, 0, 0, 2, 2], "no difference found", 1),  # as wrong, in another way
        ([0, 0, 0, 0, 0, 0, 0, 1], "no difference found", 1),
        ([1, 1, 1, 1, 1, 1, 1, 1], "worse", 2 / 64),
        ([1, 1, 1, 1, 1, 0, 1, 1], "no difference found", 2 / 32),
    ],
)
def test_answers_are_told_apart_by_mcnemar(
    tmp_path: Path, second: Sequence[int], verdict: str, p: float
) -> None:
    first = [0, 0, 0, 0, 0, 0, 1, 1]
    found = compared(tmp_path, first, second)
    assert found.verdict == verdict
    assert found.p == pytest.approx(p)
    assert found.top1 == ((6, 8), (second.count(0), 8))
    turned = compared(tmp_path, second, first)
    assert turned.verdict == {"worse": "better"}.get(verdict, verdict)


def test_predictions_are_joined_by_image(tmp_path: Path, pair: Pair) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    path = tmp_path / "turned.parquet"
    rows = {"id": ["1", "0"], "target": [0, 0], "class_1": [1, 0]}
    parquet.write_table(pa.table(rows), path)
    other = replace(pair.candidate, files={"predictions": str(path)})
    assert of_pair(Pair(pair.baseline, other)).verdict == "same answers"


def test_other_images_or_targets_are_refused(tmp_path: Path, pair: Pair) -> None:
    others = [
        classified(NEW, [0, 1, 0], tmp_path / "more"),
        classified(NEW, [0, 1], tmp_path / "else", targets=[0, 1]),
    ]
    for other in others:
        found = of_pair(Pair(pair.baseline, other))
        assert (found.verdict, found.p) == ("refused", None)
        assert found.reason == "their predictions are of different images"


@pytest.mark.parametrize("content", [None, b"", b"no table"])
def test_predictions_that_are_not_there_are_named(
    tmp_path: Path, pair: Pair, content: bytes | None
) -> None:
    path = tmp_path / "lost.parquet"
    if content is not None:
        path.write_bytes(content)
    lost = replace(pair.candidate, files={"predictions": str(path)})
    found = of_pair(Pair(pair.baseline, lost))
    assert (found.verdict, found.top1) == ("refused", ((1, 2), (1, 2)))
    assert found.reason == f"the predictions of torch cannot be read: {path}"


def test_a_record_without_predictions_is_named(pair: Pair) -> None:
    found = of_pair(Pair(replace(pair.baseline, files={}), pair.candidate))
    assert found.reason == "the predictions of numpy cannot be read: none are recorded"


def test_what_has_no_top1_is_refused(pair: Pair) -> None:
    other = "the images have labels of 'none'"
    refused = Measurement(name="top1", unit="%", reason=other)
    for measurements, reason in (((refused,), other), ((), "it was not asked for")):
        found = of_pair(Pair(pair.baseline, replace(pair.candidate, measurements=measurements)))
        assert (found.verdict, found.broken) == ("refused", False)
        assert found.reason == f"torch has no Top-1: {reason}"
        assert found.top1 == ((1, 2), None)


def test_failures_are_refused_and_what_broke_is_known(pair: Pair) -> None:
    def failed(record: Record) -> Record:
        return replace(record, status="failed", reason="it raised")

    found = of_pair(Pair(pair.baseline, failed(pair.candidate)))
    assert (found.verdict, found.reason) == ("refused", "torch is failed: it raised")
    assert found.broken
    found = of_pair(Pair(failed(pair.baseline), failed(pair.candidate)))
    assert (found.reason, found.broken) == ("numpy is failed: it raised", False)
