from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import threadpoolctl

from harness_numpy import execution, sharing
from harness_numpy.graph import read
from tests.plugins.harness_numpy.networks import FP32, model, node, saved

if TYPE_CHECKING:
    from pathlib import Path

    from onnx import NodeProto

    from harness_numpy.graph import Graph

WEIGHTS = {"w": np.random.default_rng(0).standard_normal((9, 4)).astype(np.float32)}


def graph(folder: Path, *nodes: NodeProto, rows: int | str = "N") -> Graph:
    made = model(*nodes, weights=WEIGHTS, shape=(rows, 9))
    return read(saved(made, folder), output=None, real=FP32)


def batch(rows: int) -> Any:  # noqa: ANN401 - an array
    return np.random.default_rng(1).standard_normal((rows, 9)).astype(np.float32)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """Note how many rows each walk has, and on how many threads its products run."""
    seen: list[tuple[int, int]] = []

    def run(given: Graph, rows: Any) -> Any:  # noqa: ANN401 - arrays
        pools = threadpoolctl.threadpool_info()
        (threads,) = {each["num_threads"] for each in pools if each["user_api"] == "blas"}
        seen.append((len(rows), threads))
        return execution.run(given, rows)

    monkeypatch.setattr(sharing, "run", run)
    return seen


@pytest.mark.parametrize(
    ("rows", "threads", "expected"),
    [(8, 2, [4, 4]), (5, 2, [2, 3]), (2, 3, [1, 1]), (7, 3, [2, 2, 3])],
)
def test_rows_are_shared_and_come_back_in_order(
    rows: int, threads: int, expected: list[int], calls: list[tuple[int, int]], tmp_path: Path
) -> None:
    made = graph(tmp_path, node("MatMul", "x w", "y"))
    given = batch(rows)
    y = sharing.session(made, threads, shared=True)(given)
    np.testing.assert_allclose(y, given @ WEIGHTS["w"], rtol=1e-5, atol=1e-6)
    assert sorted(calls) == [(each, 1) for each in expected]


@pytest.mark.parametrize(("rows", "shared"), [(0, True), (1, True), (4, False)])
def test_products_are_on_all_threads_where_rows_are_not_shared(
    rows: int,
    shared: bool,  # noqa: FBT001 - as the session is told
    calls: list[tuple[int, int]],
    tmp_path: Path,
) -> None:
    made = graph(tmp_path, node("MatMul", "x w", "y"))
    sharing.session(made, 2, shared=shared)(batch(rows))
    assert calls == [(rows, 2)]


def test_only_rows_of_a_dynamic_batch_may_be_asked_apart(tmp_path: Path) -> None:
    assert graph(tmp_path, node("Relu", "x", "y")).separable
    assert not graph(tmp_path, node("Relu", "x", "y"), rows=4).separable


def test_what_another_engine_computes_keeps_its_rows_together(tmp_path: Path) -> None:
    made = graph(tmp_path, node("DynamicQuantizeLinear", "x", "q s z"), node("Mul", "s s", "y"))
    assert made.fallback == {"DynamicQuantizeLinear": 1}
    assert not made.separable


def test_an_error_in_a_thread_comes_back(tmp_path: Path) -> None:
    made = graph(tmp_path, node("MatMul", "x w", "y"))
    with pytest.raises(ValueError, match="matmul") as raised:
        sharing.session(made, 2, shared=True)(np.zeros((4, 5), np.float32))
    assert raised.value.__notes__ == ["in the MatMul node 'the_matmul'"]


def test_an_output_without_a_row_for_each_image_comes_from_the_whole_batch(tmp_path: Path) -> None:
    made = graph(tmp_path, node("Identity", "w", "y"))
    assert made.separable
    y = sharing.session(made, 2, shared=True)(batch(4))
    np.testing.assert_array_equal(y, WEIGHTS["w"])


def test_an_output_that_is_one_number_comes_from_the_whole_batch(tmp_path: Path) -> None:
    made = graph(tmp_path, node("Size", "x", "n"), node("Cast", "n", "y", to=1))
    assert made.separable
    assert sharing.session(made, 2, shared=True)(batch(4)) == 36


def test_threads_of_products_are_given_back(tmp_path: Path) -> None:
    made = graph(tmp_path, node("MatMul", "x w", "y"))
    session = sharing.session(made, 2, shared=True)
    with threadpoolctl.threadpool_limits(3, user_api="blas"), ThreadPoolExecutor(4) as callers:
        list(callers.map(session, [batch(4)] * 16))
        with pytest.raises(ValueError, match="matmul"):
            session(np.zeros((4, 5), np.float32))
        pools = threadpoolctl.threadpool_info()
        assert {each["num_threads"] for each in pools if each["user_api"] == "blas"} == {3}
