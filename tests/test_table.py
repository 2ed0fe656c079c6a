from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Literal

import pytest

from harness.table import Table, table, text
from harness.types import Case, Contender, Job, Measurement, Record, Subset

if TYPE_CHECKING:
    from harness.types import Kind, Label, Status

FULL = Subset(
    dataset="mnist",
    split="test",
    label_space="mnist",
    count=100,
    total=100,
    seed=0,
    sha256="f" * 64,
)
PART = Subset(
    dataset="mnist", split="test", label_space="mnist", count=10, total=100, seed=7, sha256="a" * 64
)
KEYS = itertools.count()


def record(  # noqa: PLR0913 - all that a row may hang on
    kind: Kind = "accuracy",
    *figures: Measurement,
    model: str = "zoo:lenet5",
    weights: str = "pretrained",
    artefact: str = "0123456789abcdef",
    backend: str = "numpy",
    version: str = "2.0",
    settings: dict[str, int] | None = None,
    device: str = "cpu",
    precision: str = "fp32",
    subset: Subset | None = FULL,
    batch: int | None = None,
    key: str = "",
    status: Status = "ok",
    reason: str = "",
    role: Literal["contender", "control"] = "contender",
    machine: str = "here",
) -> Record:
    case = Case(
        model=model,
        weights=weights,
        artefact=artefact,
        subset=subset,
        device=device,
        precision=precision,
        batch_size=batch,
    )
    contender = Contender(backend=backend, version=version, settings=settings or {}, role=role)
    return Record(
        schema=1,
        run_id="r",
        group_run_id="g",
        job=Job(kind=kind, key=key or str(next(KEYS)), case=case, contender=contender),
        status=status,
        reason=reason,
        measurements=figures,
        environment={"machine": machine},
    )


def top1(value: float) -> Measurement:
    return Measurement(name="top1", unit="%", value=value, n=100)


def difference(value: float) -> Measurement:
    return Measurement(name="difference", unit="relative", value=value, n=100)


def latency(value: float, label: Label = "stable") -> Measurement:
    return Measurement(name="latency", unit="ns", value=value, label=label)


def throughput(value: float, label: Label = "stable") -> Measurement:
    return Measurement(name="throughput", unit="images/s", value=value, label=label)


def texts(made: Table, column: str) -> list[str]:
    return [row.cells[column].text for row in made.rows]


def test_kinds_of_one_model_and_backend_join_into_one_row() -> None:
    stored = Measurement(name="parameters_stored", unit="count", value=61706)
    made = table(
        [
            record("static", stored, backend="", version="", device="", precision="", subset=None),
            record("accuracy", top1(98)),
            record("speed", latency(5_000), throughput(200_000), batch=1),
            record("speed", latency(64_000), throughput(1_000_000), batch=64),
            record("memory", Measurement(name="memory_peak", unit="B", value=2**20), batch=1),
            record("memory", Measurement(name="memory_peak", unit="B", value=2**24), batch=64),
        ]
    )
    (row,) = made.rows
    figures = {name: cell.text for name, cell in row.cells.items() if cell.text}
    assert figures == {
        "model": "zoo:lenet5",
        "backend": "numpy",
        "machine": "here",
        "device": "cpu",
        "precision": "fp32",
        "data": "mnist/test",
        "top1": "98.00",
        "n": "100",
        "parameters_stored": "61,706",
        "latency": "5.00 µs",
        "throughput": "1,000,000 @64",
        "memory_peak": "16.0 @64",
        "status": "ok",
    }
    assert row.cells["latency"].value == pytest.approx(5e-6)
    assert row.cells["memory_peak"].value == 2**24


def test_columns_that_say_nothing_are_left_out() -> None:
    names = [column.name for column in table([record("accuracy", top1(98))]).columns]
    assert names == ["model", "backend", "device", "precision", "top1", "n", "status"]


def test_no_records_give_an_empty_table() -> None:
    made = table([])
    assert [column.name for column in made.columns] == ["model", "backend", "status"]
    assert (made.rows, made.notes) == ((), ())


def test_a_job_done_again_supersedes_its_older_record() -> None:
    made = table([record("accuracy", top1(1), key="a"), record("accuracy", top1(2), key="a")])
    assert texts(made, "top1") == ["2.00"]


def test_another_machine_supersedes_nothing() -> None:
    made = table(
        [
            record("accuracy", top1(1), key="a"),
            record("accuracy", top1(2), key="a", machine="there"),
        ]
    )
    assert texts(made, "machine") == ["here", "there"]
    assert "machine" in [column.name for column in made.columns]


def test_a_failure_to_prepare_or_import_yields_to_a_later_success() -> None:
    made = table(
        [
            record(artefact="", status="failed", reason="offline"),
            record(version="", status="skipped", reason="not installed"),
            record("accuracy", top1(98)),
        ]
    )
    assert texts(made, "status") == ["ok"]


def test_a_later_failure_to_prepare_is_shown() -> None:
    made = table([record("accuracy", top1(98)), record(artefact="", status="failed")])
    assert texts(made, "status") == ["ok", "failed"]
    assert texts(made, "model") == [
        "zoo:lenet5 (artefact 01234567)",
        "zoo:lenet5 (artefact none)",
    ]


def test_rows_follow_the_first_appearance_of_models_then_backends() -> None:
    order = [("b", "y"), ("a", "x"), ("a", "y"), ("b", "x")]
    made = table([record("accuracy", top1(1), model=m, backend=b) for m, b in order])
    names = list(zip(texts(made, "model"), texts(made, "backend"), strict=True))
    assert names == [("b", "y"), ("b", "x"), ("a", "y"), ("a", "x")]


def test_a_backend_is_named_with_what_differs_and_no_more() -> None:
    made = table(
        [
            record(settings={"threads": 1, "level": 9}),
            record(settings={"threads": 2, "level": 9}),
            record(backend="torch", settings={"threads": 1}),
        ]
    )
    assert texts(made, "backend") == ["numpy (threads 1)", "numpy (threads 2)", "torch"]


def test_versions_of_one_backend_never_share_a_row() -> None:
    made = table([record("accuracy", top1(1)), record("accuracy", top1(2), version="3.0")])
    assert texts(made, "backend") == ["numpy (version 2.0)", "numpy (version 3.0)"]


@pytest.mark.parametrize(
    ("field", "one", "other"),
    [("device", "cpu", "cuda"), ("precision", "fp32", "fp16")],
)
def test_devices_and_precisions_have_rows_of_their_own(field: str, one: str, other: str) -> None:
    made = table([record(**{field: one}), record(**{field: other})])  # type: ignore[arg-type]
    assert texts(made, field) == [one, other]


def test_subsets_have_rows_of_their_own_and_are_named() -> None:
    made = table([record(subset=FULL), record(subset=PART), record("memory", subset=None)])
    assert texts(made, "data") == ["mnist/test", "mnist/test 10 seed 7"]
    assert "data" in [column.name for column in made.columns]
    assert "data: mnist test, all 100 images, sha256 ffffffffffff" in made.notes
    assert "data: mnist test, 10 of 100 images (seed 7), sha256 aaaaaaaaaaaa" in made.notes


def test_a_model_that_nothing_runs_still_shows_its_structure() -> None:
    macs = Measurement(name="macs", unit="count", value=15_470_264_320)
    made = table([record("static", macs, backend="", version="")])
    assert texts(made, "macs") == ["15.5 G"]
    assert texts(made, "backend") == [""]


def test_accuracy_shows_its_interval() -> None:
    figure = Measurement(
        name="top1", unit="%", value=98.97, low=98.754, high=99.149, k=9897, n=10**4
    )
    (row,) = table([record("accuracy", figure)]).rows
    assert row.cells["top1"].text == "98.97 [98.75, 99.15]"
    assert row.cells["top1"].note == "9,897 of 10,000"
    assert row.cells["n"].text == "10,000"


def test_status_is_the_worst_and_says_which_job() -> None:
    made = table(
        [
            record("accuracy", top1(98), difference(1e-7)),
            record("speed", batch=1, status="skipped", reason="no room"),
            record("speed", batch=64, status="oom", reason="killed"),
        ]
    )
    (row,) = made.rows
    assert (row.cells["status"].text, row.cells["status"].note) == ("oom", "speed @64: killed")
    assert row.ranked
    assert "oom: speed @64: killed (zoo:lenet5 · numpy)" in made.notes
    assert "skipped: speed @1: no room (zoo:lenet5 · numpy)" in made.notes


@pytest.mark.parametrize("status", ["failed", "timeout", "skipped"])
def test_what_was_never_found_right_is_not_ranked(status: Status) -> None:
    (row,) = table(
        [record("accuracy", status=status, reason="it broke"), record("speed", latency(5), batch=1)]
    ).rows
    assert not row.ranked


def test_one_reason_for_many_rows_is_one_note() -> None:
    made = table([record(model=name, status="skipped", reason="no cuda") for name in "abcde"])
    assert made.notes[0] == "skipped: no cuda (a · numpy, b · numpy, c · numpy and 2 more)"


def test_a_wrong_row_keeps_its_speed_but_not_its_rank() -> None:
    made = table([record(status="wrong"), record("speed", latency(5_000), batch=1)])
    (row,) = made.rows
    assert (row.ranked, row.cells["status"].text) == (False, "wrong")
    assert row.cells["latency"].text == "5.00 µs"


def test_noise_is_marked_and_explained() -> None:
    made = table(
        [
            record("speed", latency(1e6, "unstable"), throughput(9e3, "unusable"), batch=1),
            record("speed", latency(1e6), batch=1, backend="torch"),
        ]
    )
    assert texts(made, "latency") == ["1.00 ms~", "1.00 ms"]
    assert texts(made, "throughput") == ["9,000 @1!", ""]
    assert [note[0] for note in made.notes if note[0] in "~!"] == ["~", "!"]


def test_marks_that_are_not_used_are_not_explained() -> None:
    notes = table([record("speed", latency(1e6), batch=1)]).notes
    assert not any(note.startswith(("~", "!")) for note in notes)


def test_an_absent_figure_says_why() -> None:
    absent = Measurement(name="latency_p90", unit="ns", reason="p90 needs 64 calls, not 48")
    made = table([record("speed", latency(1e6), absent, batch=1)])
    assert texts(made, "latency_p90") == ["—"]
    assert "no p90 @1: p90 needs 64 calls, not 48 (zoo:lenet5 · numpy)" in made.notes


def test_random_weights_are_said() -> None:
    made = table([record(weights="random (seed 0)")])
    assert texts(made, "model") == ["zoo:lenet5 (random weights)"]
    assert any(note.startswith("random weights:") for note in made.notes)


def test_the_control_at_the_smallest_batch_is_told() -> None:
    made = table([record("speed", latency(9e6), batch=64, backend="null", role="control")])
    assert made.notes[0] == "null backend (harness overhead): 9.00 ms a call at batch 64"


def test_the_control_is_a_note_and_no_row() -> None:
    made = table(
        [
            record("speed", latency(1e6), batch=1),
            record("speed", latency(5_100), batch=1, backend="null", role="control"),
            record("speed", latency(9e6), batch=64, backend="null", role="control"),
        ]
    )
    assert texts(made, "backend") == ["numpy"]
    assert "null backend (harness overhead): 5.10 µs a call at batch 1" in made.notes


def test_a_control_that_was_skipped_is_no_row_either() -> None:
    made = table(
        [
            record("speed", latency(5_100), batch=1, backend="null", role="control"),
            record(
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


def test_a_model_without_structure_is_a_note() -> None:
    made = table(
        [record("static", backend="", version="", status="failed", reason="no graph"), record()]
    )
    assert made.notes[0] == "failed: no graph (zoo:lenet5's structure)"
    assert texts(made, "status") == ["ok"]


def test_the_oracle_is_told_with_its_images() -> None:
    difference = Measurement(name="difference", unit="", value=3.14e-7, n=32)
    agreement = Measurement(name="agreement", unit="%", value=96.875, k=31, n=32)
    made = table([record("accuracy", difference, agreement)])
    assert texts(made, "difference") == ["3.1e-07"]
    assert texts(made, "agreement") == ["96.88"]
    assert made.rows[0].cells["agreement"].note == "31 of 32"
    assert "difference and agreement: from the float64 oracle, over 32 images" in made.notes


def test_machine_and_versions_stand_last() -> None:
    notes = table([record(), record(backend="torch", version="2.9")]).notes
    assert notes[-2:] == ("machine: here", "versions: numpy 2.0, torch 2.9")


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, "0 ns"),
        (4.2e-8, "42.0 ns"),
        (8.12e-4, "812 µs"),
        (9.996e-4, "1.00 ms"),
        (0.0483, "48.3 ms"),
        (12.34, "12.3 s"),
        (1234.5, "1,234 s"),
    ],
)
def test_durations_take_the_fitting_unit(seconds: float, expected: str) -> None:
    assert text.duration(seconds) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (5, "5"),
        (61_706, "61,706"),
        (999_400, "999,400"),
        (25_557_032, "25.6 M"),
        (4.09e9, "4.09 G"),
    ],
)
def test_counts_are_exact_below_a_million(value: float, expected: str) -> None:
    assert text.count(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0, "0"), (0.01234, "0.0123"), (9.87, "9.87"), (99.96, "100"), (12_345.6, "12,346")],
)
def test_numbers_have_three_significant_digits_or_all_whole_ones(
    value: float, expected: str
) -> None:
    assert text.number(value) == expected


def test_a_plugins_metric_has_a_column_of_its_own() -> None:
    recall = Measurement(name="macro_recall", unit="%", value=87.654, low=80.0, high=90.0)
    absent = Measurement(name="macro_recall", unit="%", reason="not every image was evaluated")
    found = table([record("accuracy", recall), record("accuracy", absent, backend="null")])
    titles = [column.title for column in found.columns]
    assert "macro_recall %" in titles
    texts = [row.cells["macro_recall"].text for row in found.rows]
    assert texts == ["87.7 [80.0, 90.0]", "—"]
    assert any("no macro_recall %: not every image was evaluated" in each for each in found.notes)


def test_load_is_told_where_batch_1_was_not_measured() -> None:
    load = Measurement(name="load_time", unit="ns", value=2e9, n=1)
    skipped = record("speed", batch=1, status="skipped", reason="fixed to batch 4")
    found = table([skipped, record("speed", load, batch=4)])
    assert texts(found, "load_time") == ["2.00 s"]
