from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import scipy.stats

import harness
import harness_metrics

if TYPE_CHECKING:
    from collections.abc import Sequence

METRICS = {metric.name: metric for metric in harness_metrics.harness_metrics()}


def measured(
    name: str, outputs: object, targets: Sequence[int], unreadable: int = 0
) -> harness.Measurement:
    metric = METRICS[name]
    ids = [str(place) for place in range(len(targets))]
    state = metric.update(metric.init(), np.array(outputs), np.array(targets, np.int64), ids)
    return metric.finish(state, unreadable)


@pytest.mark.parametrize(("name", "k"), [("top1", 1), ("top5", 5)])
def test_hits_are_those_of_ordinal_ranks(name: str, k: int) -> None:
    rng = np.random.default_rng(0)
    outputs = rng.integers(0, 9, size=(300, 20)).astype(np.float32)  # many ties
    targets = rng.integers(0, 20, 300)
    ranks = scipy.stats.rankdata(-outputs, method="ordinal", axis=1)
    hits = int((ranks[np.arange(300), targets] <= k).sum())
    found = measured(name, outputs, targets.tolist())
    assert (found.k, found.n, found.unit) == (hits, 300, "%")
    assert found.value == pytest.approx(100 * hits / 300)


def test_ties_go_to_the_lowest_index() -> None:
    flat = np.zeros((10, 10))
    assert measured("top1", flat, range(10)).k == 1
    assert measured("top5", flat, range(10)).k == 5


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_outputs_that_are_not_finite_are_wrong(value: float) -> None:
    outputs = [[9.0, 1.0, value], [9.0, 1.0, 0.0]]
    assert measured("top1", outputs, [0, 0]).k == 1
    assert measured("top5", outputs, [0, 0]).k == 1


def test_top5_of_fewer_classes_is_always_right() -> None:
    assert measured("top5", [[1.0, 2.0, 3.0]] * 3, [0, 1, 2]).value == 100


def test_unreadable_images_are_failures() -> None:
    found = measured("top1", [[1.0, 0.0]] * 3, [0, 0, 0], unreadable=1)
    assert (found.k, found.n, found.value) == (3, 4, 75)
    assert found.low == pytest.approx(30.06, abs=0.01)  # Wilson, by hand
    assert found.high == pytest.approx(95.44, abs=0.01)


def test_no_images_give_a_reason_and_no_figure() -> None:
    metric = METRICS["top1"]
    found = metric.finish(metric.init(), 0)
    assert found == harness.Measurement(name="top1", unit="%", reason="no images were evaluated")


def test_only_unreadable_images_give_nought() -> None:
    metric = METRICS["top1"]
    assert metric.finish(metric.init(), 2).value == 0


def test_parts_merge_to_the_whole() -> None:
    metric = METRICS["top1"]
    rng = np.random.default_rng(0)
    outputs, targets = rng.normal(size=(50, 4)), rng.integers(0, 4, 50)
    ids = [str(place) for place in range(50)]
    whole = metric.update(metric.init(), outputs, targets, ids)
    first = metric.update(metric.init(), outputs[:20], targets[:20], ids[:20])
    second = metric.update(metric.init(), outputs[20:], targets[20:], ids[20:])
    assert metric.merge(first, second) == whole


def test_an_empty_batch_changes_nothing() -> None:
    metric = METRICS["top1"]
    state = metric.update(metric.init(), np.zeros((0, 3)), np.zeros(0, np.int64), [])
    assert state == metric.init()


@pytest.mark.parametrize("target", [-1, 2])
def test_a_target_without_a_class_is_an_error(target: int) -> None:
    with pytest.raises(harness.DataError, match="for 2 classes"):
        measured("top1", [[1.0, 0.0]], [target])
