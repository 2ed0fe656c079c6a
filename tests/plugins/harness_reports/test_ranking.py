from __future__ import annotations

import pytest

from harness.table import Cell, Column, Row
from harness_reports.ranking import best

LATENCY = Column(name="latency", title="Latency", topic="speed", direction="lower")
THROUGHPUT = Column(name="throughput", title="Images/s", topic="speed", direction="higher")


def row(value: float, rank: int | None = None, **said: str) -> Row:
    """Return a row whose latency and throughput are the value, with an interval of 1 % around."""
    figure = Cell(value=value, text="x", low=value * 0.99, high=value * 1.01)
    shared = {"model": "m", "machine": "here", "device": "cpu", "precision": "fp32", "data": "d"}
    texts = {name: Cell(value=text, text=text) for name, text in (shared | said).items()}
    cells = {"latency": figure, "throughput": figure, "rank": Cell(value=rank)}
    return Row(cells=texts | cells, ranked=True)


def test_the_best_latency_is_that_of_rank_1_whatever_the_intervals() -> None:
    rows = [row(100, 2), row(100.5, 1), row(150, 1), row(200, 4)]
    assert best(LATENCY, rows) == {1, 2}


def test_other_columns_go_by_intervals() -> None:
    rows = [row(100, 1), row(149, 2), row(150, 2)]
    assert best(THROUGHPUT, rows) == {1, 2}


def test_latencies_that_share_the_first_rank_have_no_best() -> None:
    assert best(LATENCY, [row(100, 1), row(200, 1)]) == frozenset()


def test_an_unusable_latency_is_not_the_best_even_with_rank_1() -> None:
    first = row(100, 1)
    noisy = Cell(value=100, text="100!", low=50, high=150, label="unusable")
    rows = [Row(cells=first.cells | {"latency": noisy}, ranked=True), row(200, 2), row(300, 3)]
    assert best(LATENCY, rows) == frozenset()


@pytest.mark.parametrize("trait", ["machine", "device", "precision", "data"])
def test_each_ranking_of_a_model_has_a_best_latency_of_its_own(trait: str) -> None:
    other = {trait: "other"}
    rows = [row(100, 1), row(200, 2), row(300, 2, **other), row(250, 1, **other)]
    assert best(LATENCY, rows) == {0, 3}
    assert best(LATENCY, [*rows[:2], row(300, 1, **other), row(250, 1, **other)]) == {0}


def test_latencies_of_a_model_without_ranks_go_by_intervals() -> None:
    ranked = [row(100, 2, model="n"), row(120, 1, model="n")]
    assert best(LATENCY, [*ranked, row(100), row(200, device="cuda")]) == {1, 2}
    assert best(LATENCY, [row(100), row(200, model="n")]) == {0}
