from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness import cache
from harness.testing import Check
from harness_verify.verdict import verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness_verify.wish import Wish

PASS = Check(level="contract", name="a", grade="pass")
FAIL = Check(level="architectures", name="b", grade="fail")
NONE = Check(level="architectures", name="c", grade="not applicable")


def test_a_level_is_as_good_as_its_worst_check(make_wish: Callable[..., Wish]) -> None:
    wish = make_wish("right", "contract", "architectures", "weights")
    found = verdict(wish, [PASS, NONE, FAIL])
    assert found.grade == "fail"
    assert [(each.level, each.grade, each.counts) for each in found.levels] == [
        ("contract", "pass", {"pass": 1}),
        ("architectures", "fail", {"fail": 1, "not applicable": 1}),
        ("weights", "not applicable", {}),
    ]
    assert verdict(wish, [NONE]).grade == "not applicable"
    assert verdict(wish, [PASS, NONE]).grade == "pass"


def test_what_is_not_settled_is_incomplete_and_never_looks_passed(
    make_wish: Callable[..., Wish],
) -> None:
    wish = make_wish("right", "contract", "architectures")
    unsettled = replace(NONE, settled=False)
    degraded = replace(FAIL, grade="degraded")
    for beside in ([PASS], [PASS, degraded], []):
        found = verdict(wish, [*beside, unsettled])
        assert (found.grade, found.levels[1].grade) == ("incomplete", "incomplete")
    assert found.levels[0].grade == "not applicable"
    assert verdict(wish, [FAIL, unsettled]).grade == "fail"


def test_the_oracles_own_backend_is_noted(make_wish: Callable[..., Wish]) -> None:
    assert verdict(make_wish("numpy"), []).note.startswith("The oracle is this backend")
    assert verdict(make_wish("right"), []).note == ""


def test_it_tells_versions_but_not_where_this_machine_keeps_things(
    make_wish: Callable[..., Wish],
) -> None:
    lost = replace(FAIL, detail=f"cannot read {cache.root()}/models/x")
    found = verdict(make_wish("right"), [lost])
    assert found.checks[0].detail == "cannot read CACHE/models/x"
    assert {"harness", "numpy", "onnx"} <= set(found.versions)
    assert " " not in found.version, "a file is its own engine"


@pytest.mark.parametrize("home", ["/", "", None])
def test_a_home_that_is_no_place_hides_nothing(
    make_wish: Callable[..., Wish], monkeypatch: pytest.MonkeyPatch, home: str | None
) -> None:
    def unknown() -> Path:
        raise RuntimeError

    if home is None:
        monkeypatch.setattr(Path, "home", unknown)
    else:
        monkeypatch.setenv("HOME", home)
    lost = replace(FAIL, detail="cannot read /mine/x.onnx")
    assert verdict(make_wish("right"), [lost]).checks[0].detail == lost.detail
