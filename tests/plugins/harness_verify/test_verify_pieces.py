"""Pieces of work with spoilt backends on tiny networks."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from harness import environment, oracle
from harness.process import ChildError
from harness.suite import ModelSpec
from harness.testing import Check
from harness.testing.contract import NAMES
from harness_verify import isolated, pieces

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from harness.types import Status
    from harness_verify import questions
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
    assert found.located.startswith("no node: the backend changes any output; a graph that ")


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
        ("killed", "fail", "died of SIGKILL"),
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
    found = list(pieces._seeded(spec, ["architectures"], make_wish("right"), set()))
    assert graded(found) == [("architectures", "not applicable")]
    assert "no tiny model named 'nut'" in found[0].detail


def test_promises_are_named_after_the_network(make_wish: Maker) -> None:
    found = checks(make_wish("wrong"), "contract · tiny")
    assert all(each.name.endswith(" · tiny") for each in found)
    assert "fail" in {each.grade for each in found}


def test_a_crash_amid_the_promises_costs_that_one_and_what_rests_on_it(make_wish: Maker) -> None:
    found = checks(make_wish("segfaults"), "contract · tiny")
    assert [each.name.removesuffix(" · tiny") for each in found] == list(NAMES)
    shapes = NAMES.index("shapes and types")
    assert {each.grade for each in found[:shapes]} <= {"pass", "not applicable"}
    assert found[shapes].grade == "fail"
    assert found[shapes].detail == "the process died of SIGSEGV"
    assert {(each.grade, each.detail) for each in found[shapes + 1 :]} == {
        ("not applicable", "its answers are not what they have to look like")
    }


def test_the_promises_after_one_that_crashes_are_asked(make_wish: Maker) -> None:
    found = checks(replace(make_wish("dies_alone"), threads=1), "contract · tiny")
    assert [each.name.removesuffix(" · tiny") for each in found] == list(NAMES)
    assert [each.name for each in found if each.grade == "fail"] == ["unknown precision · tiny"]
    assert {each.grade for each in found[-2:]} == {"pass", "not applicable"}


def test_more_threads_than_one_are_seen_where_one_is_asked_for(
    make_wish: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pieces, "NAMES", ("loads", "actual"))
    wish = replace(make_wish("pairs"), threads=2)
    loads, alike, alone = checks(wish, "contract · tiny")
    assert (loads.grade, alike.grade) == ("pass", "pass")
    assert (alone.name, alone.grade) == ("actual, one thread · tiny", "fail")
    assert alone.detail == "asked for 1 threads, says 2"
    assert len(checks(replace(make_wish("right"), threads=1), "contract · tiny")) == 2


def test_a_crash_after_the_last_answer_is_not_swallowed(
    make_wish: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ask(question: questions.Operators, *_: object) -> Iterator[Check]:
        for name in question.names:
            yield Check(level="operators", name=name, grade="pass")
        message = "the process died of SIGSEGV"
        raise ChildError(message, "killed", ended=True)

    monkeypatch.setattr(isolated, "ask", ask)
    last = checks(make_wish("right"), "operators")[-1]
    assert (last.name, last.grade) == ("after the last", "fail")
    assert last.detail == "the process died of SIGSEGV"


def test_what_the_system_kills_for_memory_has_failed(
    make_wish: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment, "oom_kills", itertools.count().__next__)
    (found,) = checks(make_wish("killed", "architectures"), "tiny:net")
    assert found.grade == "fail"
    assert found.detail == "the system killed the process: out of memory"


def test_an_oracle_that_gives_no_answer_settles_nothing(
    make_wish: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends: dict[Status, bool] = {"timeout": False, "failed": False, "skipped": True}
    for status, settled in ends.items():

        def outputs(*_: object, status: Status = status, **__: object) -> None:
            message = "too much"
            raise ChildError(message, status)

        monkeypatch.setattr(oracle, "outputs", outputs)
        (found,) = checks(make_wish("right", "architectures"), "tiny:net")
        assert (found.grade, found.settled) == ("not applicable", settled)
        assert found.detail == "the oracle gave no answer: too much"


def test_only_float32_is_explained(make_wish: Maker) -> None:
    wish = make_wish("numpy", "architectures", "numerics", precision="fp64")
    assert [each.about for each in pieces.pieces(wish)] == ["numerics", "tiny:net"]
    assert graded(checks(wish, "tiny:net")) == [("architectures", "pass")]
    (found,) = checks(wish, "numerics")
    assert (found.name, found.grade) == ("all", "not applicable")
    assert found.detail == "its bounds are those of fp32; fp64 is held to the tolerance alone"


def test_device_and_precision_reach_the_children(make_wish: Maker) -> None:
    wish = make_wish("numpy", precision="fp64")
    found = {each.name: each for each in checks(wish, "contract · tiny")}
    assert found["loads · tiny"].detail == "onnx, cpu, fp64"
    assert found["actual · tiny"].detail.startswith("cpu, fp64")


def test_operators_are_asked_in_the_precision(
    make_wish: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def ask(question: questions.Operators, *_: object) -> Iterator[Check]:
        asked.append((question.device, question.precision))
        yield from ()

    monkeypatch.setattr(isolated, "ask", ask)
    checks(make_wish("numpy", precision="fp64"), "operators")
    assert asked == [("cpu", "fp64")]


def test_what_a_plugin_file_answers_is_not_kept(
    make_wish: Maker, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "cache"))
    (found,) = checks(make_wish("right", "numerics"), "tiny:net")
    assert {"numpy", "inexact", "wrong"} <= found.figures.keys()
    kept = [each for each in (tmp_path / "cache" / "verify").iterdir() if each.is_dir()]
    assert len(kept) == 1, "numpy's"


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
        ("Sigmoid", "not applicable"),
    ]
    assert found[2].detail == "not asked: 2 before it crashed or hung"
