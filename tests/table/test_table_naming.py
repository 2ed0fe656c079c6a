from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.table import Table, table
from harness.types import Measurement

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.types import Record

    Make = Callable[..., Record]


def top1(value: float) -> Measurement:
    return Measurement(name="top1", unit="%", value=value, n=100)


def texts(made: Table, column: str) -> list[str]:
    return [row.cells[column].text for row in made.rows]


def test_a_backend_is_named_with_what_differs_and_no_more(make: Make) -> None:
    made = table(
        [
            make(settings={"threads": 1, "level": 9}),
            make(settings={"threads": 2, "level": 9}),
            make(backend="torch", settings={"threads": 1}),
        ]
    )
    assert texts(made, "backend") == ["numpy (threads 1)", "numpy (threads 2)", "torch"]


def test_a_setting_that_another_lacks_tells_them_apart(make: Make) -> None:
    made = table([make(settings={"threads": 1}), make()])
    assert texts(made, "backend") == ["numpy (threads 1)", "numpy"]


def test_what_is_not_known_of_a_skipped_model_tells_nothing_apart(make: Make) -> None:
    made = table(
        [make(format="onnx"), make(model="zoo:far", artefact="", version="", status="skipped")]
    )
    assert texts(made, "backend") == ["numpy", "numpy"]


def test_formats_that_differ_tell_apart(make: Make) -> None:
    made = table([make(format="onnx"), make(format="torch")])
    assert texts(made, "backend") == ["numpy (format onnx)", "numpy (format torch)"]


def test_versions_of_one_backend_never_share_a_row(make: Make) -> None:
    made = table([make("accuracy", top1(1)), make("accuracy", top1(2), version="3.0")])
    assert texts(made, "backend") == ["numpy (version 2.0)", "numpy (version 3.0)"]


@pytest.mark.parametrize(
    ("field", "one", "other"),
    [("device", "cpu", "cuda"), ("precision", "fp32", "fp16")],
)
def test_devices_and_precisions_have_rows_of_their_own(
    make: Make, field: str, one: str, other: str
) -> None:
    made = table([make(**{field: one}), make(**{field: other})])
    assert texts(made, field) == [one, other]


def test_subsets_have_rows_of_their_own_and_are_named(make: Make) -> None:
    made = table([make(subset="full"), make(subset="part"), make("memory", subset="")])
    assert texts(made, "data") == ["mnist/test", "mnist/test 10 seed 7"]
    assert "data" in [column.name for column in made.columns]
    assert "data: mnist test, all 100 images, sha256 ffffffffffff" in made.notes
    assert "data: mnist test, 10 of 100 images (seed 7), sha256 aaaaaaaaaaaa" in made.notes


def test_random_weights_are_said(make: Make) -> None:
    made = table([make(weights="random (seed 0)")])
    assert texts(made, "model") == ["zoo:lenet5 (random weights)"]
    assert any(note.startswith("random weights:") for note in made.notes)


def test_a_model_goes_by_the_label_in_its_record(make: Make) -> None:
    said = make("static", backend="", details={"label": "LeNet-5"})
    drawn = make("static", backend="", weights="random", details={"label": "LeNet-5"})
    made = table([said, make(), drawn, make(weights="random"), make(model="zoo:resnet20")])
    assert texts(made, "model") == ["LeNet-5", "LeNet-5 (random weights)", "zoo:resnet20"]


def test_a_label_is_the_name_without_the_settings_behind_it(make: Make) -> None:
    made = table(
        [
            make(label="one", settings={"threads": 1}),
            make(label="two", settings={"threads": 2}),
            make(settings={"threads": 3}),
        ]
    )
    assert texts(made, "backend") == ["one", "two", "numpy"]


def test_a_label_that_is_another_backends_name_tells_whose_it_is(make: Make) -> None:
    made = table([make(), make(backend="torch", label="numpy")])
    assert texts(made, "backend") == ["numpy (backend numpy)", "numpy (backend torch)"]
