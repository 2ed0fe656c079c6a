from __future__ import annotations

from contextlib import ExitStack
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Self

import pytest

from harness import process
from harness.ceiling import flops_per_call
from harness.group import yardstick
from harness.process import ChildError
from harness.protocol import Turned

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Multiplier:
    """A child that answers turns, until it fails."""

    def __init__(self, answers: int) -> None:
        self.left = answers
        self.asked = 0
        self.closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def ask(self, *_: object) -> Turned:
        self.asked += 1
        if self.asked > self.left:
            message = "it died"
            raise ChildError(message)
        return Turned(calls=4, median_ns=500, wall_ns=2_000, cpu_ns=1, rested=True)

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def contest(tmp_path: Path) -> Iterator[Any]:
    with ExitStack() as stack:
        yield SimpleNamespace(
            setting=SimpleNamespace(
                path=tmp_path.joinpath, threads=2, suite=SimpleNamespace(timeout_seconds=1)
            ),
            began=SimpleNamespace(group_run_id="g"),
            stack=stack,
        )


def started(contest: Any, monkeypatch: pytest.MonkeyPatch, answers: int) -> Any:  # noqa: ANN401 - made up
    child = Multiplier(answers)
    monkeypatch.setattr(process, "start", lambda *_: child)
    return yardstick.start(contest), child


def test_it_is_up_and_running_before_the_first_round(
    contest: Any,  # noqa: ANN401 - made up
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    measure, child = started(contest, monkeypatch, answers=9)
    assert child.asked == 1
    assert measure.rates == []
    measure.take_turn(1.0)
    assert measure.rates == [pytest.approx(4 * flops_per_call(2) / 2e-6)]


def test_once_it_fails_it_is_left_alone_and_says_why(
    contest: Any,  # noqa: ANN401 - made up
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    measure, child = started(contest, monkeypatch, answers=1)
    measure.take_turn(1.0)
    measure.take_turn(1.0)
    assert child.asked == 2
    assert child.closed
    assert measure.reason == "the machine's matrix product could not be measured: it died"
