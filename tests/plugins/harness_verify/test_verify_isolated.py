"""What a child says, and how its death is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from harness.process import ChildError
from harness.testing import Check
from harness_verify import isolated, questions

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness_verify.wish import Wish

    Maker = Callable[..., Wish]


def contract(wish: Wish) -> questions.Contract:
    return questions.Contract(
        files=wish.files,
        backend=wish.backend.name,
        threads=1,
        scratch=str(wish.scratch),
        folder=None,
        oracle="numpy",
    )


def test_each_answer_is_handed_on(make_wish: Maker) -> None:
    wish = make_wish("right")
    found = list(isolated.ask(contract(wish), Check, wish))
    assert {each.level for each in found} == {"contract"}
    assert {each.grade for each in found} <= {"pass", "not applicable"}
    assert len(found) > 5


@pytest.mark.parametrize(
    ("backend", "status", "reason"),
    [
        ("segfaults", "killed", "the process died of SIGSEGV"),
        ("exits", "failed", "the process ended with exit code 0"),
        ("hangs", "timeout", "no answer within 8 s"),
    ],
)
def test_a_death_is_told_after_what_was_answered(
    make_wish: Maker, backend: str, status: str, reason: str
) -> None:
    wish = make_wish(backend, timeout=8)
    asked = isolated.ask(contract(wish), Check, wish)
    assert next(asked).level == "contract"
    with pytest.raises(ChildError, match=reason) as error:
        list(asked)
    assert error.value.status == status


def test_a_plugin_that_is_not_there_is_told_by_its_last_words(make_wish: Maker) -> None:
    wish = make_wish("right")
    question = msgspec.structs.replace(contract(wish), files=[])
    with pytest.raises(ChildError, match=r"ended with exit code 1: .*no backend named 'right'"):
        list(isolated.ask(question, Check, wish))
