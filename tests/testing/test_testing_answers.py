from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from harness.testing import architecture, numerics, weights

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from harness.testing import Check

TRUTH = np.array([[3.0, 1.0, 0.0], [0.0, 4.0, 1.0], [1.0, 1.001, -2.0]])
ALLOWED = 1e-2
TARGETS = [0, 2, 1]


def off(difference: float) -> NDArray[Any]:
    """Return answers that lie so far from the truth, relative to its largest."""
    outputs = TRUTH.copy()
    outputs[0, 2] += difference * 4
    return outputs


JUDGES: list[Callable[[NDArray[Any], NDArray[Any]], Check]] = [
    lambda ours, truth: architecture("net", ours, truth, allowed=ALLOWED),
    lambda ours, truth: weights("net", ours, truth, TARGETS, allowed=ALLOWED),
    lambda ours, truth: numerics("net", ours, truth, {}, allowed=ALLOWED),
]
LEVELS = ["architectures", "weights", "numerics"]


@pytest.mark.parametrize(("judge", "level"), [*zip(JUDGES, LEVELS, strict=True)])
def test_every_judge_tells_right_from_wrong(
    judge: Callable[[NDArray[Any], NDArray[Any]], Check], level: str
) -> None:
    found = judge(off(1e-7), TRUTH)
    assert (found.level, found.name, found.grade) == (level, "net", "pass")
    assert found.figures["difference"] == pytest.approx(1e-7)
    found = judge(off(0.02), TRUTH)
    assert found.grade == "fail"
    assert "off by 0.02, over 0.01" in found.detail


@pytest.mark.parametrize("judge", JUDGES)
def test_what_cannot_be_compared_is_said(
    judge: Callable[[NDArray[Any], NDArray[Any]], Check],
) -> None:
    found = judge(TRUTH[:2], TRUTH)
    assert (found.grade, found.detail) == ("fail", "answers (2, 3), the oracle (3, 3)")
    found = judge(np.full_like(TRUTH, np.nan), TRUTH)
    assert (found.grade, found.detail, found.figures) == ("fail", "an output is not finite", {})
    found = judge(TRUTH, np.full_like(TRUTH, np.inf))
    assert found.grade == "not applicable"
    assert found.detail == "an output of the oracle itself is not finite"


def test_right_images_are_counted_beside_the_oracles() -> None:
    found = weights("net", TRUTH, TRUTH, TARGETS, allowed=ALLOWED)
    assert found.detail == "2 of 3 right, the oracle 2; off by 0"
    assert found.figures == {
        "difference": 0.0,
        "right": 2,
        "oracle_right": 2,
        "known": 3,
        "other_top1": 0,
    }


def test_targets_may_be_unknown() -> None:
    for targets in ([0, None, None], np.array([0, -1, -1])):
        found = weights("net", TRUTH, TRUTH, targets, allowed=ALLOWED)
        assert found.detail.startswith("1 of 1 right, the oracle 1;")


def test_another_class_within_the_tolerance_is_degraded() -> None:
    ours = TRUTH.copy()
    ours[2, 0] += 0.002
    found = weights("net", ours, TRUTH, TARGETS, allowed=ALLOWED)
    assert found.grade == "degraded"
    assert found.detail == (
        "1 of 3 right, the oracle 2; off by 0.0005; "
        "1 of 3 images are something else to it than to the oracle"
    )
    assert weights("net", ours, TRUTH, TARGETS, allowed=1e-4).grade == "fail"


@pytest.mark.parametrize(
    ("ours", "others", "grade"),
    [
        (1.8e-6, {"a": 1e-7}, "pass"),  # nobody is asked for more than the floor
        (2e-6, {"a": 1e-7}, "degraded"),
        (3.9e-6, {"a": 1e-7, "b": 1e-6, "c": 9e-3}, "pass"),  # four times the second of three
        (4.1e-6, {"a": 1e-7, "b": 1e-6, "c": 9e-3}, "degraded"),
        (3.9e-6, {"a": 1e-6, "b": 9e-3}, "pass"),  # four times the better of two
        (4.1e-6, {"a": 1e-6, "b": 9e-3}, "degraded"),
        (7e-6, {}, "pass"),  # alone: what float32 explains
        (8e-6, {}, "degraded"),
        (8e-6, {"wrong": 0.5}, "degraded"),  # as good as alone
        (0.011, {"a": 0.009}, "fail"),
    ],
)
def test_as_exact_as_float32_allows(ours: float, others: dict[str, float], grade: str) -> None:
    given = {name: off(difference) for name, difference in others.items()}
    found = numerics("net", off(ours), TRUTH, given, allowed=ALLOWED)
    assert found.grade == grade
    assert found.figures == pytest.approx({"difference": ours} | others)


def test_the_others_are_named_and_broken_ones_left_out() -> None:
    others = {"a": off(1e-6), "short": TRUTH[:2], "infinite": np.full_like(TRUTH, np.inf)}
    found = numerics("net", off(3e-7), TRUTH, others, allowed=ALLOWED)
    assert found.detail == "off by 3e-07; a by 1e-06; float32 explains up to 4e-06"
    assert {*found.figures} == {"difference", "a"}
    alone = numerics("net", off(3e-7), TRUTH, {}, allowed=ALLOWED)
    assert alone.detail == "off by 3e-07; nobody beside it; float32 explains up to 7.6e-06"


def test_float32_explains_nothing_beyond_the_tolerance() -> None:
    for others in ({}, {"sloppy": off(9e-3)}):
        found = numerics("net", off(0), TRUTH, others, allowed=1e-6 if not others else ALLOWED)
        assert found.detail.endswith(f"up to {1e-6 if not others else ALLOWED:.2g}")


@pytest.mark.parametrize(("ours", "grade"), [(0.0, "degraded"), (0.3, "fail")])
def test_others_that_agree_against_the_oracle_are_heard(ours: float, grade: str) -> None:
    others = {"a": off(0.3), "b": off(0.301)}
    found = numerics("net", off(ours), TRUTH, others, allowed=ALLOWED)
    assert found.grade == grade
    assert "; the others agree with each other, not with the oracle; " in found.detail
    for fewer in ({"a": off(0.3)}, {"a": off(0.3), "b": off(-0.3)}, others | {"c": off(1e-7)}):
        found = numerics("net", off(ours), TRUTH, fewer, allowed=ALLOWED)
        assert "agree" not in found.detail
        assert found.grade == ("pass" if not ours else "fail")


def test_another_named_like_a_figure_hides_none() -> None:
    found = numerics("net", off(3e-7), TRUTH, {"difference": off(1e-6)}, allowed=ALLOWED)
    assert found.figures["difference"] == pytest.approx(3e-7)


def test_maps_of_classes_are_counted_in_pixels_and_told_apart_by_image() -> None:
    truth = np.zeros((3, 2, 2, 2))
    truth[:, 1] = 1
    ours = truth.copy()
    ours[2, 0, 0] = 1.5
    targets = np.array([[[1, 1], [1, -1]]] * 3)
    found = weights("net", ours, truth, targets, allowed=2)
    assert found.detail == (
        "7 of 9 pixels right, the oracle 9; off by 1.5; "
        "1 of 3 images are something else to it than to the oracle"
    )
