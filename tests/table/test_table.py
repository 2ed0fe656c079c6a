from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from harness.table import Table, table
from harness.types import Measurement

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.types import Label, Record, Status

    Make = Callable[..., Record]


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


def test_kinds_of_one_model_and_backend_join_into_one_row(make: Make) -> None:
    stored = Measurement(name="parameters_stored", unit="count", value=61706)
    made = table(
        [
            make("static", stored, backend="", version="", device="", precision="", subset=""),
            make("accuracy", top1(98)),
            make("speed", latency(5_000), throughput(200_000), batch=1),
            make("speed", latency(64_000), throughput(1_000_000), batch=64),
            make("memory", Measurement(name="memory_peak", unit="B", value=2**20), batch=1),
            make("memory", Measurement(name="memory_peak", unit="B", value=2**24), batch=64),
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
        "largest_batch": "≥ 64",
        "status": "ok",
    }
    assert row.cells["latency"].value == pytest.approx(5e-6)
    assert row.cells["memory_peak"].value == 2**24


def test_columns_that_say_nothing_are_left_out(make: Make) -> None:
    names = [column.name for column in table([make("accuracy", top1(98))]).columns]
    assert names == ["model", "backend", "device", "precision", "top1", "n", "status"]


def test_no_records_give_an_empty_table() -> None:
    made = table([])
    assert [column.name for column in made.columns] == ["model", "backend", "status"]
    assert (made.rows, made.notes) == ((), ())


def test_accuracy_shows_its_interval(make: Make) -> None:
    figure = Measurement(
        name="top1", unit="%", value=98.97, low=98.754, high=99.149, k=9897, n=10**4
    )
    (row,) = table([make("accuracy", figure)]).rows
    assert row.cells["top1"].text == "98.97 [98.75, 99.15]"
    assert row.cells["top1"].note == "9,897 of 10,000"
    assert row.cells["n"].text == "10,000"


def test_status_is_the_worst_and_says_which_job(make: Make) -> None:
    made = table(
        [
            make("accuracy", top1(98), difference(1e-7)),
            make("speed", batch=1, status="skipped", reason="no room"),
            make("speed", batch=64, status="oom", reason="killed"),
        ]
    )
    (row,) = made.rows
    assert (row.cells["status"].text, row.cells["status"].note) == ("oom", "speed @64: killed")
    assert row.ranked
    assert "oom: speed @64: killed (zoo:lenet5 · numpy)" in made.notes
    assert "skipped: speed @1: no room (zoo:lenet5 · numpy)" in made.notes


@pytest.mark.parametrize("status", ["failed", "timeout", "skipped"])
def test_what_was_never_found_right_is_not_ranked(make: Make, status: Status) -> None:
    (row,) = table(
        [make("accuracy", status=status, reason="it broke"), make("speed", latency(5), batch=1)]
    ).rows
    assert not row.ranked


def test_a_wrong_row_keeps_its_speed_but_not_its_rank(make: Make) -> None:
    made = table([make(status="wrong"), make("speed", latency(5_000), batch=1)])
    (row,) = made.rows
    assert (row.ranked, row.cells["status"].text) == (False, "wrong")
    assert row.cells["latency"].text == "5.00 µs"


def test_a_plugins_metric_has_a_column_of_its_own(make: Make) -> None:
    recall = Measurement(name="macro_recall", unit="%", value=87.654, low=80.0, high=90.0)
    absent = Measurement(name="macro_recall", unit="%", reason="not every image was evaluated")
    found = table([make("accuracy", recall), make("accuracy", absent, backend="null")])
    titles = [column.title for column in found.columns]
    assert "macro_recall %" in titles
    texts = [row.cells["macro_recall"].text for row in found.rows]
    assert texts == ["87.7 [80.0, 90.0]", "—"]
    assert any("no macro_recall %: not every image was evaluated" in each for each in found.notes)


def test_load_is_told_where_batch_1_was_not_measured(make: Make) -> None:
    load = Measurement(name="load_time", unit="ns", value=2e9, n=1)
    skipped = make("speed", batch=1, status="skipped", reason="fixed to batch 4")
    found = table([skipped, make("speed", load, batch=4)])
    assert texts(found, "load_time") == ["2.00 s"]


def shown(made: Table) -> list[str]:
    return [column.name for column in made.columns]


def test_p99_and_the_share_of_the_peak_show_when_some_row_has_one(make: Make) -> None:
    tail = Measurement(name="latency_p99", unit="ns", value=7e6)
    share = Measurement(name="peak_share", unit="%", value=103.04, low=101, high=105)
    none = [replace(each, value=None, reason=f"no {each.name}") for each in (tail, share)]
    without = make("speed", throughput(1), *none, batch=1)
    hidden = table([without])
    assert not {"latency_p99", "peak_share"} & set(shown(hidden))
    assert not any("no latency_p99" in note or "% of peak" in note for note in hidden.notes)
    made = table([without, make("speed", throughput(1), tail, share, batch=1, backend="torch")])
    assert texts(made, "latency_p99") == ["—", "7.00 ms"]
    assert texts(made, "peak_share") == ["—", "103.0"]
    assert "no p99 @1: no latency_p99 (zoo:lenet5 · numpy)" in made.notes
    assert "no % of peak @best: no peak_share (zoo:lenet5 · numpy)" in made.notes
    assert any(note.startswith("% of peak: 2 x MACs x images/s over") for note in made.notes)


def test_the_share_of_the_peak_is_that_of_the_fastest_batch(make: Make) -> None:
    shares = [Measurement(name="peak_share", unit="%", value=each) for each in (90, 40)]
    made = table(
        [
            make("speed", throughput(1_000), shares[0], batch=1),
            make("speed", throughput(2_000), shares[1], batch=8),
        ]
    )
    assert texts(made, "peak_share") == ["40.0"]


def test_the_largest_batch_is_exact_where_a_larger_one_ran_out_of_memory(make: Make) -> None:
    made = table(
        [
            make("speed", batch=16),
            make("memory", batch=32),
            make("memory", batch=128),  # alone it fitted, with what a timing needs it did not
            make("speed", batch=128, status="oom"),
            make("memory", batch=64, status="oom"),
            make("speed", batch=16, backend="torch"),
            make("speed", batch=8, backend="torch", status="oom"),
            make("speed", batch=1, backend="onnxruntime", status="oom"),
            make("speed", batch=1, backend="other", status="failed"),
        ]
    )
    assert texts(made, "largest_batch") == ["32", "≥ 16", "—", ""]
    notes = [row.cells["largest_batch"].note for row in made.rows]
    assert notes[:2] == ["batch 64 ran out of memory", "no larger one ran out of memory"]
    told = "no Largest batch: batch 1 ran out of memory (zoo:lenet5 · onnxruntime)"
    assert told in made.notes


def test_the_largest_batch_is_no_news_where_none_ran_out_of_memory(make: Make) -> None:
    assert "largest_batch" not in shown(table([make("speed", batch=64), make("memory", batch=64)]))
