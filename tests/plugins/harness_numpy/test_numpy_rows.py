from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from harness_numpy.graph import read
from tests.plugins.harness_numpy.networks import FP32, model, node, saved

if TYPE_CHECKING:
    from pathlib import Path

    from onnx import NodeProto

CONSTANTS = {
    "first": np.array([0], np.int64),
    "last": np.array([2, 3], np.int64),
    "column": np.array([1], np.int64),
    "shape": np.array([0, -1], np.int64),
    "whole": np.array([1, -1], np.int64),
}
APART = {
    "a mean over pixels": [node("ReduceMean", "x last", "y")],
    "channels put beside each other": [node("Concat", "x x", "y", axis=1)],
    "parts of the channels": [node("Split", "x", "y z", axis=1, num_outputs=2)],
    "pixels before channels": [node("Transpose", "x", "y", perm=[0, 2, 3, 1])],
    "softmax": [node("Softmax", "x", "y", axis=1)],
    "arithmetic with sizes": [
        node("Shape", "x", "s"),
        node("Gather", "s first", "n", axis=0),
        node("Concat", "n column", "t", axis=0),
        node("ReduceProd", "t", "p"),
        node("Reshape", "x shape", "y"),
    ],
}
TOGETHER = {
    "all sides of one": [node("Squeeze", "x", "y")],
    "a batch that is stated": [node("Reshape", "x whole", "y")],
    "a maximum over the batch": [node("ReduceMax", "x first", "y", keepdims=1)],
    "a maximum over everything": [node("ReduceMax", "x", "y")],
    "axes that are computed": [node("Identity", "last", "a"), node("ReduceMax", "x a", "y")],
    "normalised over the batch": [node("MeanVarianceNormalization", "x", "y")],
    "the first image": [node("Gather", "x first", "y")],
    "the batch twice": [node("Concat", "x x", "y", axis=0)],
    "the batch last": [node("Transpose", "x", "y")],
    "behind another step": [node("Relu", "x", "r"), node("Softmax", "r", "y", axis=0)],
}


def is_separable(nodes: list[NodeProto], folder: Path) -> bool:
    made = model(*nodes, weights=CONSTANTS, shape=("N", 4, 9, 9))
    return read(saved(made, folder), output=None, real=FP32).separable


@pytest.mark.parametrize("nodes", APART.values(), ids=APART)
def test_rows_that_go_their_own_ways_may_be_asked_apart(
    nodes: list[NodeProto], tmp_path: Path
) -> None:
    assert is_separable(nodes, tmp_path)


@pytest.mark.parametrize("nodes", TOGETHER.values(), ids=TOGETHER)
def test_rows_that_meet_stay_together(nodes: list[NodeProto], tmp_path: Path) -> None:
    assert not is_separable(nodes, tmp_path)
