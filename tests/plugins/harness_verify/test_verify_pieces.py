"""Pieces of work with spoilt backends on tiny networks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.suite import ModelSpec
from harness_verify import pieces

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.testing import Check
    from harness_verify.wish import Wish

    Maker = Callable[..., Wish]


def checks(wish: Wish, about: str) -> list[Check]:
    (piece,) = [each for each in pieces.pieces(wish) if each.about == about]
    return list(piece.checks())


def graded(found: list[Check]) -> list[tuple[str, str]]:
    return [(each.level, each.grade) for each in found]


def test_the_levels_decide_the_work(make_wish: Maker) -> None:
    def work(*levels: str) -> list[str]:
        return [each.about for each in pieces.pieces(make_wish("right", *levels))]

    assert work() == ["contract · tiny", "contract · zoo:lenet5", "operators", "tiny:net"]
    assert work("numerics") == work("architectures") == ["tiny:net"]
    assert work("weights") == []


def test_a_right_backend_passes(make_wish: Maker) -> None:
    architecture, numerics = checks(make_wish("right"), "tiny:net")
    assert graded([architecture, numerics]) == [("architectures", "pass"), ("numerics", "pass")]
    assert architecture.name == "tiny:net"
    assert "inexact" in numerics.figures
    assert "wrong" in numerics.figures
    assert "refuses" not in numerics.figures


def test_a_wrong_backend_fails_and_is_located(make_wish: Maker) -> None:
    (found,) = checks(make_wish("wrong", "architectures"), "tiny:net")
    assert found.grade == "fail"
    assert found.located.startswith("Conv ")
    assert "(1 of 5)" in found.located


def test_less_exact_than_float32_is_degraded(make_wish: Maker) -> None:
    found = checks(make_wish("inexact"), "tiny:net")
    assert graded(found) == [("architectures", "pass"), ("numerics", "degraded")]


@pytest.mark.parametrize(
    ("backend", "grade", "said"),
    [
        ("refuses", "degraded", "not today"),
        ("misshapen", "fail", "the backend answered float32 (3, 3)"),
        ("elsewhere", "fail", "asked for cpu and fp32, got cuda and fp32"),
        ("segfaults", "fail", "died of SIGSEGV"),
        ("exits", "fail", "exit code 0"),
        ("hangs", "fail", "no answer within 8 s"),
    ],
)
def test_no_answer_is_told_once(make_wish: Maker, backend: str, grade: str, said: str) -> None:
    found = checks(make_wish(backend, timeout=8), "tiny:net")
    assert graded(found) == [("architectures", grade), ("numerics", "not applicable")]
    assert said in found[0].detail


def test_what_the_formats_exclude_is_not_applicable(make_wish: Maker) -> None:
    wish = make_wish("foreign")
    for about in ("contract · tiny", "tiny:net"):
        found = checks(wish, about)
        assert {each.grade for each in found} == {"not applicable"}
        assert all("foreign takes sealed" in each.detail for each in found)


def test_a_network_that_cannot_be_had_is_not_applicable(make_wish: Maker) -> None:
    spec = ModelSpec(name="tiny:nut", weights="random")
    found = list(pieces._seeded(spec, make_wish("right", "architectures"), set()))
    assert graded(found) == [("architectures", "not applicable")]
    assert "no tiny model named 'nut'" in found[0].detail


def test_promises_are_named_after_the_network(make_wish: Maker) -> None:
    found = checks(make_wish("wrong"), "contract · tiny")
    assert all(each.name.endswith(" · tiny") for each in found)
    assert "fail" in {each.grade for each in found}


def test_a_crash_amid_the_promises_is_a_fail_of_its_own(make_wish: Maker) -> None:
    *before, last = checks(make_wish("segfaults"), "contract · tiny")
    assert {each.grade for each in before} <= {"pass", "not applicable"}
    assert (last.name, last.grade) == ("tiny", "fail")
    assert last.detail.startswith("the process died of SIGSEGV, after ")


def test_operators_go_on_after_one_that_crashes(
    make_wish: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pieces, "CNN_OPERATORS", ("Add", "Relu", "Sigmoid"))
    found = checks(make_wish("relu_dies"), "operators")
    assert [(each.name, each.grade) for each in found] == [
        ("Add", "pass"),
        ("Relu", "fail"),
        ("Sigmoid", "pass"),
    ]
    assert found[1].detail == "the process died of SIGSEGV"


def test_operators_are_given_up_after_too_many_crashes(
    make_wish: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pieces, "CNN_OPERATORS", ("Add", "Relu", "Sigmoid"))
    monkeypatch.setattr(pieces, "DEATHS", 2)
    found = checks(make_wish("segfaults"), "operators")
    assert [(each.name, each.grade) for each in found] == [
        ("Add", "fail"),
        ("Relu", "fail"),
        ("Sigmoid", "fail"),
    ]
    assert found[2].detail == "not asked: 2 before it crashed or hung"
