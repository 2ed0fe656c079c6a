from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from harness_lecture import comparison, found
from tests.plugins.harness_lecture.conftest import FEW

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness_lecture.published import Row
    from tests.plugins.harness_lecture.conftest import Make

    Rows = Callable[[str], Row]

WHOLE = replace(FEW, dataset="imagenet", split="val", count=50_000, total=50_000)
CHANNELS = {"channels_convolved": 30, "channels_biased": 10, "channels_scaled": 7}


def compared(make: Make, row: Row, **keys: object) -> tuple[dict[str, tuple[str, str]], list[str]]:
    """Return (measured, difference) by figure, and the remarks."""
    [model] = found.models(make(f"a:{row.model}", **keys), comparison.METRICS)
    figures = {
        each.name: (each.measured, each.difference) for each in comparison.figures(row, model)
    }
    return figures, list(comparison.remarks(row, model))


def stored(count: int, **others: int) -> dict[str, int]:
    return {"parameters_stored": count, "size": 4 * count, **CHANNELS, **others}


def test_what_is_the_lectures_needs_no_remark(make: Make, row: Rows) -> None:
    figures = stored(138_357_544, depth_topological=23)
    told, remarks = compared(make, row("VGG16"), figures=figures, top1={"numpy": "why"})
    assert told == {
        "Size MiB": ("528", "0"),
        "Top-1 %": ("not measured", "—"),
        "Top-5 %": ("not measured", "—"),
        "Parameters": ("138,357,544", "0"),
        "Depth": ("23", "0"),
    }
    assert remarks == ["Top-1 % and Top-5 % not measured: why"]


@pytest.mark.parametrize(
    ("model", "amount", "term"),
    [
        ("InceptionV3", -7, "Keras's batch norm has no scale, one per channel"),
        ("InceptionResNetV2", -7, "Keras's batch norm has no scale, one per channel"),
        ("ResNet50", 20, "Keras's convolutions have biases, one per output channel"),
    ],
)
def test_terms_are_computed_from_the_structure(
    make: Make, row: Rows, model: str, amount: int, term: str
) -> None:
    lectures = row(model).parameters
    told, remarks = compared(make, row(model), figures=stored(lectures - amount))
    assert told["Parameters"] == (f"{lectures - amount:,}", f"{-amount:+}")
    told_amount = f"{lectures - amount:,} stored {amount:+} ({term})"
    assert remarks[0] == f"parameters: {told_amount} = {lectures:,}, the lecture's"


@pytest.mark.parametrize(
    ("model", "count", "remark"),
    [
        ("InceptionV3", 23_851_784 + 7 - 1000, "= 23,850,784; unexplained: +1,000"),
        ("InceptionV3", 23_851_784, "= 23,851,777; unexplained: +7"),
        ("Xception", 22_910_481, "22,910,481 stored; unexplained: -1"),
    ],
)
def test_a_residual_shows(make: Make, row: Rows, model: str, count: int, remark: str) -> None:
    _, remarks = compared(make, row(model), figures=stored(count))
    assert remarks[0].startswith("parameters: ")
    assert remarks[0].endswith(remark)


def test_a_record_without_channels_hides_nothing(make: Make, row: Rows) -> None:
    _, remarks = compared(make, row("InceptionV3"), figures={"parameters_stored": 23_851_791})
    assert remarks[0] == "parameters: 23,851,791 stored; unexplained: -7"


def test_another_depth_is_unexplained(make: Make, row: Rows) -> None:
    told, remarks = compared(make, row("VGG16"), figures={"depth_topological": 25})
    assert told["Depth"] == ("25", "+2")
    assert "depth: unexplained: -2" in remarks


def test_a_depth_that_the_lecture_does_not_tell_is_not_compared(make: Make, row: Rows) -> None:
    told, remarks = compared(make, row("ResNet50"), figures={"depth_topological": 167})
    assert told["Depth"] == ("167", "—")
    assert not [each for each in remarks if each.startswith("depth")]


def test_a_size_is_that_of_the_lectures_parameters_or_unexplained(make: Make, row: Rows) -> None:
    told, remarks = compared(make, row("InceptionV3"), figures=stored(23_851_791))
    assert told["Size MiB"] == ("91", "-1")
    assert remarks[1] == (
        "size: the lecture's parameters at 4 bytes are 91.0 MiB; unexplained: +1 MiB"
    )
    _, remarks = compared(make, row("ResNet50"), figures=stored(22_000_000))
    assert remarks[1] == "size: the lecture's parameters at 4 bytes are 97.8 MiB"


def test_accuracy_has_its_interval_and_its_images(make: Make, row: Rows) -> None:
    told, remarks = compared(make, row("ResNet50"), top1={"numpy": 19, "pytorch": 19, "odd": 18})
    assert told["Top-1 %"] == ("95.00 [76.39, 99.11]", "+20.10 [+1.49, +24.21]")
    where = "on imagenet-20/test, not on the lecture's images"
    assert remarks[:2] == [
        f"Top-1 %: 19 of 20 images right by numpy, pytorch; {where}",
        f"Top-1 %: 18 of 20 images right by odd; {where}",
    ]


def test_a_wrong_answer_is_no_accuracy(make: Make, row: Rows) -> None:
    static, wrong, right = make("a:ResNet50", top1={"odd": 20, "numpy": 19})
    wrong = replace(wrong, status="wrong", reason="too far from the oracle")
    [model] = found.models([static, wrong, right], comparison.METRICS)
    told = {each.name: each.measured for each in comparison.figures(row("ResNet50"), model)}
    assert told["Top-1 %"] == "95.00 [76.39, 99.11]"
    assert list(comparison.remarks(row("ResNet50"), model))[-1] == (
        "Top-1 % and Top-5 % not measured: odd wrong: too far from the oracle"
    )


@pytest.mark.parametrize(
    ("right", "verdict"),
    [(37_450, "the interval holds the lecture's"), (36_000, "the interval does not hold the")],
)
def test_on_the_lectures_images_the_interval_decides(
    make: Make, row: Rows, right: int, verdict: str
) -> None:
    _, remarks = compared(make, row("ResNet50"), top1={"numpy": right}, subset=WHOLE)
    assert verdict in remarks[0]


def test_what_others_measured_of_these_weights_is_told(make: Make, row: Rows) -> None:
    published = {"top1": 77.866, "top5": 93.644, "source": "timm"}
    given = {"details": {"published": published}}
    _, remarks = compared(make, row("InceptionV3"), top1={"numpy": 15}, **given)
    assert remarks[-1] == "these weights as others measured them: Top-1 77.866, Top-5 93.644 (timm)"
    _, remarks = compared(make, row("InceptionV3"), **given)
    assert remarks == ["Top-1 % and Top-5 % not measured: the run holds no accuracy"]


def test_a_model_that_was_not_had_says_why(make: Make, row: Rows) -> None:
    told, remarks = compared(make, row("VGG16"), status="skipped", reason="no timm")
    assert {measured for measured, _ in told.values()} == {"—", "not measured"}
    assert remarks == ["not measured: no timm"]
