from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from harness_numpy.execution import run
from harness_numpy.graph import read
from tests.plugins.harness_numpy.networks import FP32, model, node, saved

if TYPE_CHECKING:
    from pathlib import Path

    from onnx import ModelProto, NodeProto

RANDOM = np.random.default_rng(0)
WEIGHTS = {
    "w": RANDOM.standard_normal((4, 4, 1, 1)).astype(np.float32),
    "v": RANDOM.standard_normal(4).astype(np.float32),
    "shape": np.array([3, -1], np.int64),
}


def network(*nodes: NodeProto) -> ModelProto:
    return model(*nodes, weights=WEIGHTS)


CONV = node("Conv", "x w", "c")
CASES = {
    "a result that nobody else reads": (True, [CONV, node("Relu", "c", "y")]),
    "a result that is read again": (
        False,
        [CONV, node("Relu", "c", "r"), node("Add", "c r", "y")],
    ),
    "a result with a view": (
        False,
        [CONV, node("Reshape", "c shape", "f"), node("Relu", "c", "r"), node("Neg", "r", "s"),
         node("Reshape", "s shape", "t"), node("Add", "f t", "y")],
    ),
    "a copy of the batch": (
        True,
        [node("Clip", "x", "c"), node("Relu", "c", "r"), node("Add", "x r", "y")],
    ),
    "a view": (False, [node("Reshape", "x shape", "f"), node("Relu", "f", "y")]),
    "the batch itself": (False, [node("Relu", "x", "y")]),
}  # fmt: skip


@pytest.mark.parametrize(("overwrites", "nodes"), CASES.values(), ids=CASES)
def test_only_what_nobody_else_sees_is_overwritten(
    overwrites: bool,  # noqa: FBT001 - what is expected
    nodes: list[NodeProto],
    tmp_path: Path,
) -> None:
    from onnx.reference import ReferenceEvaluator

    made = network(*nodes)
    graph = read(saved(made, tmp_path), output=None, real=FP32)
    assert [each.overwrites for each in graph.steps if each.kind == "Relu"] == [overwrites]
    x = RANDOM.standard_normal((3, 4, 9, 9)).astype(np.float32)
    before = x.copy()
    (expected,) = ReferenceEvaluator(made).run(None, {"x": x})
    np.testing.assert_allclose(run(graph, x), np.asarray(expected), rtol=1e-5, atol=1e-6)
    assert np.array_equal(x, before)


def test_weights_are_not_overwritten(tmp_path: Path) -> None:
    made = network(node("Relu", "v", "r"), node("MatMul", "x r", "y"))
    graph = read(saved(made, tmp_path), output=None, real=FP32)
    assert [each.overwrites for each in graph.steps] == [False, False]


def test_a_number_is_left_alone(tmp_path: Path) -> None:
    made = model(
        node("ReduceMax", "x", "m", keepdims=0), node("Neg", "m", "n"), node("Add", "m n", "a"),
        node("Relu", "a", "r"), node("Add", "x r", "y"),
    )  # fmt: skip
    graph = read(saved(made, tmp_path), output=None, real=FP32)
    x = RANDOM.standard_normal((3, 4, 9, 9)).astype(np.float32)
    assert np.array_equal(run(graph, x), x)
