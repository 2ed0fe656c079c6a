from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import harness
import harness_metrics

if TYPE_CHECKING:
    from numpy.typing import NDArray

METRICS = {metric.name: metric for metric in harness_metrics.harness_metrics()}
NAMES = ("mean_iou", "pixel_accuracy")


def outputs(answers: object, classes: int = 3) -> NDArray[np.float32]:
    """Return outputs whose highest class is the answer."""
    return np.moveaxis(np.eye(classes, dtype=np.float32)[np.array(answers)], -1, 1)


def measured(
    name: str, given: NDArray[Any], targets: object, unreadable: int = 0
) -> harness.Measurement:
    metric, wanted = METRICS[name], np.array(targets, np.int32)
    state = metric.init()
    for at in range(len(wanted)):  # one image a batch: parts are merged
        state = metric.update(state, given[at : at + 1], wanted[at : at + 1], [str(at)])
    return metric.finish(state, unreadable)


TARGETS = [[[0, 0], [1, 1]], [[0, 0], [0, 2]]]
ANSWERS = [[[0, 1], [1, 1]], [[0, 0], [0, 0]]]


def test_both_by_hand() -> None:
    # Class 0: 4 of 6; class 1: 2 of 3; class 2: 0 of 1. Pixels: 6 of 8.
    assert measured("mean_iou", outputs(ANSWERS), TARGETS).value == pytest.approx(400 / 9)
    found = measured("pixel_accuracy", outputs(ANSWERS), TARGETS)
    assert (found.value, found.n, found.unit) == (75, 2, "%")


def test_random_maps_against_the_confusion_matrix() -> None:
    rng = np.random.default_rng(0)
    targets, answers = rng.integers(0, 3, (2, 5, 8, 8))
    matrix = np.zeros((3, 3))
    np.add.at(matrix, (targets.ravel(), answers.ravel()), 1)
    hits = matrix.diagonal()
    iou = hits / (matrix.sum(0) + matrix.sum(1) - hits)
    found = {name: measured(name, outputs(answers), targets) for name in NAMES}
    assert found["mean_iou"].value == pytest.approx(100 * iou.mean())
    assert found["pixel_accuracy"].value == pytest.approx(100 * hits.sum() / matrix.sum())
    for each in found.values():
        assert each.value is not None
        assert each.low is not None
        assert each.high is not None
        assert each.low < each.value < each.high


def test_pixels_of_no_known_class_count_in_neither() -> None:
    targets = np.where(np.array(ANSWERS) == np.array(TARGETS), TARGETS, -1)
    assert measured("pixel_accuracy", outputs(ANSWERS), targets).value == 100
    assert measured("mean_iou", outputs(ANSWERS), targets).value == 100  # class 2 occurs nowhere


@pytest.mark.parametrize("name", NAMES)
def test_an_image_of_which_nothing_is_known_is_none(name: str) -> None:
    unknown = np.full((30, 2, 2), -1)
    answers, targets = np.concatenate([ANSWERS, unknown + 1]), np.concatenate([TARGETS, unknown])
    assert measured(name, outputs(answers), targets) == measured(name, outputs(ANSWERS), TARGETS)


@pytest.mark.parametrize("name", NAMES)
def test_the_interval_is_that_of_images_not_of_pixels(name: str) -> None:
    right, wrong = np.zeros((1, 16, 16), int), np.ones((1, 16, 16), int)
    answers, targets = np.concatenate([right] * 5 + [wrong] * 5), np.zeros((10, 16, 16), int)
    found = measured(name, outputs(answers, 2), targets)
    assert found.low is not None
    assert found.high is not None
    assert found.high - found.low > 20  # of ten images; of 2,560 pixels it would be 4


def test_an_answer_that_is_not_finite_is_wrong() -> None:
    given = outputs([[[0, 0], [0, 0]]])
    given[0, 2, 1, 1] = np.nan
    assert measured("pixel_accuracy", given, [[[0, 0], [0, 0]]]).value == 75


def test_an_unreadable_image_is_wrong_everywhere() -> None:
    right = [[[0, 0], [1, 1]], [[0, 0], [1, 1]]]
    for name in NAMES:
        found = measured(name, outputs(right), right, unreadable=2)
        assert (found.value, found.n) == (50, 4)


@pytest.mark.parametrize("name", NAMES)
def test_what_cannot_be_measured(name: str) -> None:
    metric = METRICS[name]
    assert metric.finish(metric.init(), 3).reason == "no pixels were evaluated"
    with pytest.raises(harness.DataError, match=r"\(1, 3\) for targets of shape \(1,\)"):
        measured(name, np.zeros((2, 3)), [0, 1])
    with pytest.raises(harness.DataError, match="targets up to 3 for 3 classes"):
        measured(name, outputs([[[0]]]), [[[3]]])


def test_top_k_refuses_maps() -> None:
    with pytest.raises(harness.DataError, match="top1 and top5 are of N x classes and N"):
        measured("top1", outputs(ANSWERS), TARGETS)
