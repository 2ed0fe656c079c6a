from __future__ import annotations

from typing import TYPE_CHECKING

from harness.table import Table, table
from harness.types import Measurement

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.types import Label, Record

    Make = Callable[..., Record]


def latency(value: float, label: Label = "stable") -> Measurement:
    return Measurement(name="latency", unit="ns", value=value, label=label)


def throughput(value: float, label: Label = "stable") -> Measurement:
    return Measurement(name="throughput", unit="images/s", value=value, label=label)


def texts(made: Table, column: str) -> list[str]:
    return [row.cells[column].text for row in made.rows]


def test_one_reason_for_many_rows_is_one_note(make: Make) -> None:
    made = table([make(model=name, status="skipped", reason="no cuda") for name in "abcde"])
    assert made.notes[0] == "skipped: no cuda (a · numpy, b · numpy, c · numpy and 2 more)"


def test_noise_is_marked_and_explained(make: Make) -> None:
    made = table(
        [
            make("speed", latency(1e6, "unstable"), throughput(9e3, "unusable"), batch=1),
            make("speed", latency(1e6), batch=1, backend="torch"),
        ]
    )
    assert texts(made, "latency") == ["1.00 ms~", "1.00 ms"]
    assert texts(made, "throughput") == ["9,000 @1!", ""]
    assert [note[0] for note in made.notes if note[0] in "~!"] == ["~", "!"]


def test_marks_that_are_not_used_are_not_explained(make: Make) -> None:
    notes = table([make("speed", latency(1e6), batch=1)]).notes
    assert not any(note.startswith(("~", "!")) for note in notes)


def test_an_absent_figure_says_why(make: Make) -> None:
    absent = Measurement(name="latency_p90", unit="ns", reason="p90 needs 64 calls, not 48")
    made = table([make("speed", latency(1e6), absent, batch=1)])
    assert texts(made, "latency_p90") == ["—"]
    assert "no p90 @1: p90 needs 64 calls, not 48 (zoo:lenet5 · numpy)" in made.notes


def test_one_reason_for_several_figures_is_told_once(make: Make) -> None:
    why = "the weights are random"
    metrics = (Measurement(name=name, unit="%", reason=why) for name in ("top1", "top5"))
    made = table([make("accuracy", *metrics)])
    assert f"no Top-1 % and no Top-5 %: {why} (zoo:lenet5 · numpy)" in made.notes


def test_the_control_at_the_smallest_batch_is_told(make: Make) -> None:
    made = table([make("speed", latency(9e6), batch=64, backend="null", role="control")])
    assert made.notes[0] == "null backend (harness overhead): 9.00 ms a call at batch 64"


def test_the_control_is_a_note_and_no_row(make: Make) -> None:
    made = table(
        [
            make("speed", latency(1e6), batch=1),
            make("speed", latency(5_100), batch=1, backend="null", role="control"),
            make("speed", latency(9e6), batch=64, backend="null", role="control"),
        ]
    )
    assert texts(made, "backend") == ["numpy"]
    assert "null backend (harness overhead): 5.10 µs a call at batch 1" in made.notes


def test_a_control_that_was_skipped_is_no_row_either(make: Make) -> None:
    made = table(
        [
            make("speed", latency(5_100), batch=1, backend="null", role="control"),
            make(
                "speed",
                batch=1,
                model="b",
                backend="null",
                role="control",
                status="skipped",
                reason="no b",
            ),
        ]
    )
    assert made.rows == ()
    assert made.notes[:2] == (
        "null backend (harness overhead): 5.10 µs a call at batch 1",
        "null backend (harness overhead): skipped: speed @1: no b",
    )


def test_a_model_without_structure_is_a_note(make: Make) -> None:
    made = table(
        [make("static", backend="", version="", status="failed", reason="no graph"), make()]
    )
    assert made.notes[0] == "failed: no graph (zoo:lenet5's structure)"
    assert texts(made, "status") == ["ok"]


def test_the_oracle_is_told_with_its_images(make: Make) -> None:
    difference = Measurement(name="difference", unit="", value=3.14e-7, n=32)
    agreement = Measurement(name="agreement", unit="%", value=96.875, k=31, n=32)
    made = table([make("accuracy", difference, agreement)])
    assert texts(made, "difference") == ["3.1e-07"]
    assert texts(made, "agreement") == ["96.88"]
    assert made.rows[0].cells["agreement"].note == "31 of 32"
    assert "difference and agreement: from the float64 oracle, over 32 images" in made.notes
