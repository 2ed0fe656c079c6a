from __future__ import annotations

from typing import TYPE_CHECKING

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


def test_a_job_done_again_supersedes_its_older_record(make: Make) -> None:
    made = table([make("accuracy", top1(1), key="a"), make("accuracy", top1(2), key="a")])
    assert texts(made, "top1") == ["2.00"]


def test_another_machine_supersedes_nothing(make: Make) -> None:
    made = table(
        [
            make("accuracy", top1(1), key="a"),
            make("accuracy", top1(2), key="a", machine="there"),
        ]
    )
    assert texts(made, "machine") == ["here", "there"]
    assert "machine" in [column.name for column in made.columns]


def test_a_failure_to_prepare_or_import_yields_to_a_later_success(make: Make) -> None:
    made = table(
        [
            make(artefact="", status="failed", reason="offline"),
            make(version="", status="skipped", reason="not installed"),
            make("accuracy", top1(98)),
        ]
    )
    assert texts(made, "status") == ["ok"]


def test_a_later_failure_to_prepare_is_shown(make: Make) -> None:
    made = table([make("accuracy", top1(98)), make(artefact="", status="failed")])
    assert texts(made, "status") == ["ok", "failed"]
    assert texts(made, "model") == [
        "zoo:lenet5 (artefact 01234567)",
        "zoo:lenet5 (artefact none)",
    ]


def test_rows_follow_the_first_appearance_of_models_then_backends(make: Make) -> None:
    order = [("b", "y"), ("a", "x"), ("a", "y"), ("b", "x")]
    made = table([make("accuracy", top1(1), model=m, backend=b) for m, b in order])
    names = list(zip(texts(made, "model"), texts(made, "backend"), strict=True))
    assert names == [("b", "y"), ("b", "x"), ("a", "y"), ("a", "x")]


def test_a_model_that_nothing_runs_still_shows_its_structure(make: Make) -> None:
    macs = Measurement(name="macs", unit="count", value=15_470_264_320)
    made = table([make("static", macs, backend="", version="")])
    assert texts(made, "macs") == ["15.5 G"]
    assert texts(made, "backend") == [""]
