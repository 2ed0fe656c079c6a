from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.compare.differences import notes
from harness.compare.pairing import Pair
from harness.types import Actual
from tests.records import CASE, OLD, record

if TYPE_CHECKING:
    from harness.types import Json


def told(first: dict[str, Json], second: dict[str, Json]) -> tuple[str, ...]:
    pair = Pair(record(OLD, environment=first), record(OLD, environment=second))
    return notes([pair, pair])


def test_what_differs_is_told_once_with_both_values() -> None:
    first = {"python": "3.11.7", "cores": 2, "versions": {"torch": "2.9", "numpy": "2.4"}}
    second = {"python": "3.12.1", "cores": 2, "versions": {"numpy": "2.4", "onnx": "1.23"}}
    assert told(first, second) == (
        "python: 3.11.7 → 3.12.1",
        "torch: 2.9 → none",
        "onnx: none → 1.23",
    )


def test_of_lists_only_what_differs_is_told() -> None:
    first, second = {"flags": ["avx", "avx2"]}, {"flags": ["avx", "amx", "vnni"]}
    assert told(first, second) == ("flags: avx2 → amx vnni",)
    assert told(first, {"flags": ["avx2", "avx"]}) == ()


def test_what_an_older_harness_did_not_record_is_no_difference() -> None:
    assert told({"cpu": "x"}, {"cpu": "x", "libc": "2.36"}) == ()
    assert told({"cpu": "x", "libc": "2.36"}, {"cpu": "x"}) == ()


def test_the_command_line_is_no_difference_but_machine_and_dirt_are() -> None:
    first = {"command": "harness run", "dirty": False}
    second = {"command": "harness run x", "dirty": True, "machine": "n"}
    assert set(told(first, second)) == {"dirty: False → True", "machine: m → n"}


def test_threads_and_format_are_told() -> None:
    def threaded(count: int, format: str) -> Pair:  # noqa: A002 - the field's own word
        actual = Actual(device="cpu", provider="", precision="fp32", threads=count)
        found = record(replace(OLD, format=format))
        return Pair(replace(found, actual=actual), replace(found, actual=actual))

    pair = Pair(threaded(2, "onnx").baseline, threaded(4, "structure").baseline)
    assert set(notes([pair])) == {"threads: 2 → 4", "format of numpy: onnx → structure"}


def test_a_model_that_could_not_be_prepared_was_not_prepared_anew() -> None:
    pair = Pair(record(OLD), record(OLD, case=replace(CASE, artefact=""), status="skipped"))
    assert notes([pair]) == ()
