from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.table import Table, table
from harness.types import Measurement

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.types import Record

    Make = Callable[..., Record]

ROUNDS = 10
RIGHT = Measurement(name="difference", unit="relative", value=1e-7)


def rounds(latency: float, jitter: float = 0.001) -> dict[str, list[float]]:
    return {"round_medians": [latency * (1 + jitter * (-1) ** each) for each in range(ROUNDS)]}


def timed(make: Make, backend: str, latency: float, **given: object) -> Record:
    return make("speed", backend=backend, details=rounds(latency), **({"batch": 1} | given))


def right(make: Make, *backends: str, **given: object) -> list[Record]:
    return [make("accuracy", RIGHT, backend=each, **given) for each in backends]


def texts(made: Table) -> list[str]:
    return [row.cells["rank"].text for row in made.rows]


def test_rows_that_the_rounds_cannot_tell_apart_share_a_rank(make: Make) -> None:
    latencies = {"a": 200.0, "b": 100.0, "c": 101.0, "d": 150.0}
    made = table(
        [*right(make, *latencies), *(timed(make, name, each) for name, each in latencies.items())]
    )
    assert texts(made) == ["4", "1", "1", "3"]
    (note,) = (each for each in made.notes if each.startswith("rank:"))
    assert note.startswith("rank: by latency at batch 1, among")


def test_the_machines_noise_makes_more_rows_share_a_rank(make: Make) -> None:
    records = [*right(make, "a", "b"), timed(make, "a", 100), timed(make, "b", 110)]
    assert texts(table(records)) == ["1", "2"]
    assert texts(table(records, floor=0.15)) == ["1", "1"]


def test_the_smallest_batch_size_decides(make: Make) -> None:
    made = table(
        [
            *right(make, "a", "b", "c"),
            timed(make, "a", 1, batch=1, status="skipped"),
            timed(make, "a", 300, batch=8),
            timed(make, "b", 200, batch=8),
            timed(make, "a", 100, batch=4),
            timed(make, "b", 150, batch=4),
            timed(make, "c", 1, batch=8),
            timed(make, "c", 1, batch=4, status="failed"),
        ]
    )
    assert texts(made) == ["1", "2", ""]
    assert made.rows[0].cells["rank"].note == "at batch 4"


def test_only_what_was_found_right_is_ranked(make: Make) -> None:
    made = table(
        [
            *right(make, "a", "b"),
            make("accuracy", RIGHT, backend="wrong", status="wrong"),
            timed(make, "a", 200),
            timed(make, "b", 100),
            timed(make, "wrong", 1),
            timed(make, "unknown", 1),
            timed(make, "null", 1, role="control"),
        ]
    )
    assert texts(made) == ["2", "1", "", ""]


def test_models_devices_and_machines_are_ranked_apart(make: Make) -> None:
    circumstances: list[dict[str, Any]] = [
        {},
        {"model": "zoo:other"},
        {"device": "cuda"},
        {"precision": "fp16"},
        {"machine": "there"},
        {"subset": "part"},
    ]
    records = [
        record
        for each in circumstances
        for record in (
            *right(make, "a", "b", **each),
            timed(make, "a", 200, **each),
            timed(make, "b", 100, **each),
        )
    ]
    made = table(records)
    assert len(made.rows) == 2 * len(circumstances)
    for row in made.rows:
        assert row.cells["rank"].text == ("2" if row.cells["backend"].text == "a" else "1")


def test_speed_that_was_measured_without_a_subset_is_ranked_within_each(make: Make) -> None:
    made = table(
        [
            *right(make, "a", "b"),
            *right(make, "a", "b", subset="part"),
            timed(make, "a", 100, subset=""),
            timed(make, "b", 200, subset=""),
        ]
    )
    assert texts(made) == ["1", "1", "2", "2"]


def test_a_row_without_a_rival_has_no_rank_and_no_column(make: Make) -> None:
    made = table([*right(make, "a"), timed(make, "a", 100), *right(make, "b", model="zoo:other")])
    assert texts(made) == ["", ""]
    assert "rank" not in [column.name for column in made.columns]
    assert not any(note.startswith("rank:") for note in made.notes)
