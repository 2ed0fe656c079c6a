from __future__ import annotations

from typing import TYPE_CHECKING

from harness import conversion
from harness.offers import Converter
from harness.types import Form, Node

if TYPE_CHECKING:
    from pathlib import Path


def refuse(form: Form, folder: Path) -> Form:
    raise AssertionError(form, folder)


def step(source: str, target: str, preference: int = 0) -> Converter:
    return Converter(
        name=f"{source}-{target}-{preference}",
        summary="",
        source=Node(format=source),
        target=Node(format=target),
        convert=refuse,
        preference=preference,
    )


def names(way: list[Converter] | None) -> list[str] | None:
    return None if way is None else [each.name for each in way]


def test_the_shortest_way_is_taken() -> None:
    steps = [step("a", "b"), step("b", "c"), step("c", "d"), step("b", "d")]
    assert names(conversion.path(Node(format="a"), "d", steps)) == ["a-b-0", "b-d-0"]


def test_among_equals_the_preferred_is_taken() -> None:
    steps = [step("a", "b"), step("a", "c", 1), step("b", "d"), step("c", "d")]
    assert names(conversion.path(Node(format="a"), "d", steps)) == ["a-c-1", "c-d-0"]


def test_no_way_is_none_and_being_there_is_empty() -> None:
    steps = [step("a", "b"), step("b", "a")]
    assert conversion.path(Node(format="a"), "z", steps) is None
    assert conversion.path(Node(format="a"), "a", steps) == []


def test_precision_and_batching_are_part_of_a_node() -> None:
    static = Node(format="a", batching="static")
    assert conversion.path(static, "b", [step("a", "b")]) is None
