from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.graph import analyse, longest_path

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

WEIGHTS = {
    "w": (3, 3, 1, 1),
    "dw": (3, 1, 3, 3),
    "three": (3,),
    "half": (),
    "dense": (3, 10),
    "bias": (10,),
}
BN = "BatchNormalization(c, three, three, three, three)"


@pytest.mark.parametrize(
    ("body", "weighted", "topological"),
    [
        # the input counts 1 in each
        ("y = Conv(x, w)", 1, 2),
        ("c = Conv(x, w) y = Relu(c)", 1, 2),
        (f"c = Conv(x, w) b = {BN} y = Relu(b)", 1, 4),
        ("c = Conv(x, w) y = Conv(c, w)", 2, 3),
        ("c = Conv<group=3>(x, dw) y = Conv(c, w)", 2, 2),
        (f"c = Conv<group=3>(x, dw) b = {BN} y = Conv(b, w)", 2, 4),
        ("c = Conv<group=3>(x, dw) y = Conv<group=3>(c, dw)", 2, 3),
        # a residual block: the branch is the longer path
        ("c = Conv(x, w) d = Conv(c, w) s = Add(d, x) y = Relu(s)", 2, 5),
        ("c = Conv(x, w) h = Mul(c, half) s = Add(h, x) y = Relu(s)", 1, 4),
        # an activation spelt as two nodes
        (f"c = Conv(x, w) b = {BN} g = Sigmoid(b) y = Mul(b, g)", 1, 4),
        ("g = GlobalAveragePool(x) f = Flatten(g) y = Gemm(f, dense)", 1, 3),
        (
            """axes = Constant<value_ints=[2, 3]>() g = ReduceMean<keepdims=0>(x, axes)
               d = MatMul(g, dense) a = Add(d, bias) r = Relu(a) y = Softmax(r)""",
            1,
            3,
        ),
        # squeeze and excitation: pool, two layers, product
        (
            """g = GlobalAveragePool(x) c = Conv(g, w) r = Relu(c) d = Conv(r, w)
               s = Sigmoid(d) y = Mul(x, s)""",
            2,
            5,
        ),
    ],
)
def test_what_counts(
    onnx_file: Callable[..., Path], body: str, weighted: int, topological: int
) -> None:
    depth = analyse(onnx_file(body, **WEIGHTS)).depth

    assert depth == {"weighted": weighted, "topological": topological}


def test_a_convolution_of_one_channel_is_not_depthwise(onnx_file: Callable[..., Path]) -> None:
    path = onnx_file(
        "c = Conv(x, w) y = Conv(c, v)", "float[N,1,8,8] x", w=(4, 1, 3, 3), v=(4, 4, 1, 1)
    )

    assert analyse(path).depth["topological"] == 3


def test_the_longest_path_counts_nodes_but_no_constants(onnx_file: Callable[..., Path]) -> None:
    path = onnx_file(
        """c = Conv(x, w) r = Relu(c) short = Identity(x) s = Add(r, short)
           one = Constant<value_float=1.0>() y = Mul(s, one) dead = Relu(y)""",
        w=(3, 3, 1, 1),
    )

    assert longest_path(path) == 4
