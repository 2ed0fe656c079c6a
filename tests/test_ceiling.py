from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from harness import ceiling, process, protocol
from harness.process import ChildError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from harness.process import Child

TIMEOUT = 60.0


@pytest.fixture
def child(tmp_path: Path) -> Iterator[Child]:
    with process.start("harness.ceiling", tmp_path / "log", 1) as started:
        yield started


def test_a_call_is_as_long_for_each_number_of_threads() -> None:
    assert ceiling.size(1) == 1024
    for threads in (2, 3, 8, 64, 256):
        assert ceiling.size(threads) % ceiling.BLOCK == 0
        assert ceiling.flops_per_call(threads) / threads == pytest.approx(
            ceiling.flops_per_call(1), rel=0.15
        )


def test_a_call_is_the_product_of_two_matrices(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def dot(left: object, right: object, out: object) -> object:
        seen.append((left, right, out))
        return out

    monkeypatch.setattr(np, "dot", dot)
    request = ceiling.product(4)
    assert request() is request()
    (left, right, out), _ = seen
    for each in (left, right, out):
        assert isinstance(each, np.ndarray)
        assert each.shape == (4, 4)
        assert each.dtype == np.float32
    assert ceiling.flops_per_call(1) == 2 * 1024**3


def test_the_child_takes_turns_of_at_least_the_calls_asked_for(child: Child) -> None:
    for calls in (1, 3):
        turned = child.ask(protocol.Turn(seconds=0, calls=calls), protocol.Turned, TIMEOUT)
        assert turned.calls == calls
        assert turned.rested
        assert 0 < turned.median_ns <= turned.wall_ns
        assert 0 < turned.cpu_ns < 1.5 * turned.wall_ns  # one thread, as the parent said


def test_the_child_takes_turns_of_at_least_the_time_asked_for(child: Child) -> None:
    turned = child.ask(protocol.Turn(seconds=0.2, calls=1), protocol.Turned, TIMEOUT)
    assert turned.wall_ns >= 0.2e9
    assert turned.calls > 1


def test_it_refuses_what_only_a_worker_can_do(child: Child) -> None:
    with pytest.raises(ChildError, match="Peak does not fit here"):
        child.ask(protocol.Peak(batch_size=1, calls=1), protocol.Peaked, TIMEOUT)
