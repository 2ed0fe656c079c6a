from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from harness import run
from harness.discovery import discover

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.suite import Suite
    from harness.types import Record

PLUGIN = """
import harness, numpy as np

def opened(split, folder):
    images = [np.full((8, 8), 200 * target, np.uint8) for target in (0, 1, 1)]
    return [harness.Sample(id=str(n), image=image, target=TARGET)
            for n, image in enumerate(images)]

@harness.hookimpl
def harness_datasets():
    yield harness.Dataset(
        name="halves", summary="", label_space="halves", classes=("night", "day"),
        splits={"test": 3}, open=opened, fetch=lambda folder: None, identity="1",
        label_maps=LABEL_MAPS,
    )
"""
TINY = Path(__file__).parent.parent / "tiny.py"


class Silent:
    """A progress that says nothing."""

    def __getattr__(self, _name: str) -> Callable[..., None]:
        return lambda *_given: None


def measured(
    make_suite: Callable[..., Suite],
    folder: Path,
    label_maps: dict[str, Any],
    target: str = "int(image[0, 0] > 0)",
) -> tuple[Record, Path]:
    """Return the accuracy of the tiny model, whose label space `tiny` is dark, middling, bright."""
    path = folder / "halves.py"
    path.write_text(PLUGIN.replace("LABEL_MAPS", repr(label_maps)).replace("TARGET", target))
    metrics = ["top1", "top5", "mean_iou"]
    chosen = make_suite("numpy", data="halves", accuracy={"metrics": metrics})
    records = run.run(chosen, folder / "runs", discover([TINY, path]), Silent())
    return next(each for each in records if each.job.kind == "accuracy"), folder / "runs" / "tiny"


def test_labels_are_mapped_to_the_models_label_space(
    make_suite: Callable[..., Suite], tmp_path: Path
) -> None:
    from pyarrow import parquet

    record, runs = measured(make_suite, tmp_path, {"tiny": (0, 2)})
    top1 = next(each for each in record.measurements if each.name == "top1")
    [folder] = runs.iterdir()
    predictions = parquet.read_table(folder / record.files["predictions"]).to_pydict()
    assert predictions["target"] == [0, 2, 2]
    right = sum(map(int.__eq__, predictions["class_1"], [0, 2, 2]))
    assert (top1.k, top1.n) == (right, 3)
    absent = next(each for each in record.measurements if each.name == "mean_iou")
    assert (absent.value, absent.reason) == (None, "it is of pixels; here images have a class")


def test_classes_of_pixels_are_not_held_against_one_an_image(
    make_suite: Callable[..., Suite], tmp_path: Path
) -> None:
    record, _ = measured(make_suite, tmp_path, {"tiny": (0, 2)}, "(image > 0).astype(int)")
    [reason] = {each.reason for each in record.measurements if each.name in {"top1", "mean_iou"}}
    size = "the images have a class for each of 8 x 8 pixels"
    assert reason == f"{size}, the model answers one class each"
    assert record.status == "ok"


@pytest.mark.parametrize(
    ("label_maps", "message"),
    [
        ({}, "the images have labels of 'halves', the model answers in 'tiny'"),
        ({"else": (0, 1)}, "labels of 'halves' or 'else', the model answers in 'tiny'"),
        ({"tiny": (0, 3)}, "the images have 4 classes, the model answers 3"),
    ],
)
def test_labels_that_do_not_fit_are_refused_in_one_line(
    make_suite: Callable[..., Suite], tmp_path: Path, label_maps: dict[str, Any], message: str
) -> None:
    record, _ = measured(make_suite, tmp_path, label_maps)
    [reason] = {each.reason for each in record.measurements if each.name in {"top1", "top5"}}
    assert message in reason
    assert record.status == "ok"
