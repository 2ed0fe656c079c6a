from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from harness.graph import ReceptiveField, analyse

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

RESIDUAL = """
    a = Conv<strides=[2,2], pads=[1,1,1,1]>(x, w1)
    b = Conv<pads=[2,2,2,2], dilations=[2,2]>(a, w2)
    c = Conv<pads=[1,1,1,1]>(b, w2)
    s = Add(c, a)
    y = MaxPool<kernel_shape=[3,3], strides=[2,2]>(s)
"""
ASYMMETRIC = """
    a = Conv<pads=[0,0,0,0]>(x, w1)
    l = Conv<pads=[2,2,0,0]>(a, w2)
    r = Conv<pads=[0,0,2,2]>(a, w2)
    j = Concat<axis=1>(l, r)
    p = AveragePool<kernel_shape=[2,2], strides=[2,2]>(j)
    from = Constant<value_ints=[1, 2]>()
    to = Constant<value_ints=[100, 100]>()
    axes = Constant<value_ints=[2, 3]>()
    cut = Slice(p, from, to, axes)
    around = Constant<value_ints=[0,0,1,2,0,0,1,0]>()
    q = Pad(cut, around)
    y = Conv<strides=[2,2]>(q, w3)
"""


def height(path: Path, name: str = "y") -> ReceptiveField | None:
    layer = next(each for each in analyse(path).layers if each.name == name)
    return layer.receptive_field[0] if layer.receptive_field else None


def test_a_chain_of_windows(onnx_file: Callable[..., Path]) -> None:
    path = onnx_file(
        """c1 = Conv(x, w1) p1 = AveragePool<kernel_shape=[2,2], strides=[2,2]>(c1)
           c2 = Conv(p1, w2) y = AveragePool<kernel_shape=[2,2], strides=[2,2]>(c2)""",
        w1=(6, 3, 5, 5),
        w2=(16, 6, 5, 5),
    )

    assert height(path, "c1") == ReceptiveField(size=5, jump=1, offset=0)
    assert height(path, "p1") == ReceptiveField(size=6, jump=2, offset=0)
    assert height(path, "c2") == ReceptiveField(size=14, jump=2, offset=0)
    assert height(path) == ReceptiveField(size=16, jump=4, offset=0)


def test_a_shortcut_widens_nothing_and_a_branch_decides(onnx_file: Callable[..., Path]) -> None:
    path = onnx_file(RESIDUAL, w1=(4, 3, 3, 3), w2=(4, 4, 3, 3))

    assert height(path, "a") == ReceptiveField(size=3, jump=2, offset=-1)
    # 3, + 2 * 2 * 2 for the dilated one, + 2 * 2; the shortcut's 3 lie inside
    assert height(path, "s") == ReceptiveField(size=15, jump=2, offset=-7)
    assert height(path) == ReceptiveField(size=19, jump=4, offset=-7)


def test_branches_that_look_different_ways_are_united(onnx_file: Callable[..., Path]) -> None:
    path = onnx_file(
        "l = Conv<pads=[2,2,0,0]>(x, w) r = Conv<pads=[0,0,2,2]>(x, w) y = Add(l, r)",
        w=(4, 3, 3, 3),
    )

    assert height(path, "l") == ReceptiveField(size=3, jump=1, offset=-2)
    assert height(path) == ReceptiveField(size=5, jump=1, offset=-2)


def test_height_and_width_differ(onnx_file: Callable[..., Path]) -> None:
    (layer,) = analyse(onnx_file("y = Conv<pads=[0,3,0,3]>(x, w)", w=(4, 3, 1, 7))).layers

    assert layer.receptive_field == (
        ReceptiveField(),
        ReceptiveField(size=7, jump=1, offset=-3),
    )


@pytest.mark.parametrize(
    "body",
    [
        "y = GlobalAveragePool(x)",
        "axes = Constant<value_ints=[-1, -2]>() y = ReduceMean<keepdims=1>(x, axes)",
        "y = Flatten(x)",
        "f = Flatten(x) y = Gemm(f, dense)",
        "y = InstanceNormalization(x, three, three)",
        """whole = Constant<value_floats=[1.0, 1.0, 1.5, 1.5]>()
           y = Resize(x, "", whole)""",
        """twice = Constant<value_floats=[1.0, 1.0, 2.0, 2.0]>()
           y = Resize<mode="linear", coordinate_transformation_mode="align_corners">(x, "", twice)
        """,
        "g = GlobalAveragePool(x) s = Sigmoid(g) y = Mul(x, s)",
        "y = MatMul(x, positions)",
        "y = MatMul(positions, x)",
        "y = LayerNormalization<axis=1>(x, all)",
        "y = Softmax(x)",
        "y = Concat<axis=2>(x, x)",
        "y = CumSum(x, axis)",
    ],
)
def test_what_reaches_over_all_positions_sees_the_whole_image(
    onnx_file: Callable[..., Path], body: str
) -> None:
    path = onnx_file(
        "axis = Constant<value_int=2>() " + body,
        dense=(3072, 10),
        three=(3,),
        positions=(32, 32),
        all=(3, 32, 32),
    )

    assert analyse(path).layers[-1].receptive_field is None


@pytest.mark.parametrize(
    "body",
    [
        # channel shuffle
        """s1 = Constant<value_ints=[-1, 2, 2, 30, 30]>()
           s2 = Constant<value_ints=[-1, 4, 30, 30]>()
           r = Reshape(c, s1) t = Transpose<perm=[0,2,1,3,4]>(r) y = Reshape(t, s2)""",
        # normalisation and a dense layer over channels
        """t = Transpose<perm=[0,2,3,1]>(c) n = LayerNormalization(t, four) d = MatMul(n, square)
           y = Transpose<perm=[0,3,1,2]>(d)""",
        "u = Sigmoid(c) y = Mul(c, u)",
        "axes = Constant<value_ints=[1]>() m = ReduceMean(c, axes) y = Mul(c, m)",
        "y, z = Split<axis=1, num_outputs=2>(c)",
    ],
)
def test_what_keeps_to_a_position_keeps_its_field(
    onnx_file: Callable[..., Path], body: str
) -> None:
    path = onnx_file(f"c = Conv(x, w) {body}", w=(4, 3, 3, 3), four=(4,), square=(4, 4))

    assert height(path) == ReceptiveField(size=3, jump=1, offset=0)


def narrowest(path: Path, name: str = "y") -> ReceptiveField | None:
    layer = next(each for each in analyse(path).layers if each.name == name)
    return layer.smallest_field[0] if layer.smallest_field else None


def test_the_narrowest_path_is_the_shortcut(onnx_file: Callable[..., Path]) -> None:
    path = onnx_file(RESIDUAL, w1=(4, 3, 3, 3), w2=(4, 4, 3, 3))

    assert narrowest(path, "c") == ReceptiveField(size=15, jump=2, offset=-7)
    assert narrowest(path, "s") == ReceptiveField(size=3, jump=2, offset=-1)
    assert narrowest(path) == ReceptiveField(size=7, jump=4, offset=-1)


def test_the_narrowest_path_passes_a_gate_that_sees_everything(
    onnx_file: Callable[..., Path],
) -> None:
    path = onnx_file(
        "c = Conv(x, w) g = GlobalAveragePool(c) s = Sigmoid(g) y = Mul(s, c)", w=(4, 3, 3, 3)
    )

    assert height(path) is None
    assert narrowest(path) == ReceptiveField(size=3, jump=1, offset=0)
    assert narrowest(path, "g") is None


UPSAMPLED = [
    "y = ConvTranspose<strides=[2,2]>(c, w3)",
    "y = ConvTranspose<strides=[3,3], pads=[1,1,1,1], output_padding=[1,1]>(c, w3)",
    "y = ConvTranspose<strides=[2,2], dilations=[2,2]>(c, w3)",
    'y = ConvTranspose<strides=[2,2], auto_pad="SAME_UPPER">(c, w3)',
    'y = ConvTranspose<strides=[2,2], auto_pad="SAME_LOWER">(c, w3)',
    "y = ConvTranspose<strides=[4,4]>(c, w3)",  # some positions see nothing
    'twice = Constant<value_floats=[1.0,1.0,2.0,2.0]>() y = Resize(c, "", twice)',
    """twice = Constant<value_floats=[1.0,1.0,3.0,2.0]>()
       y = Resize<mode="linear">(c, "", twice)""",
    """twice = Constant<value_floats=[1.0,1.0,2.0,2.0]>()
       y = Resize<coordinate_transformation_mode="asymmetric", nearest_mode="ceil">(c, "", twice)
    """,
    # a small U-Net: down, up, the skip connection beside it, and on
    """p = AveragePool<kernel_shape=[2,2], strides=[2,2]>(c)
       d = Conv<pads=[1,1,1,1]>(p, w2) u = ConvTranspose<strides=[2,2]>(d, up)
       j = Concat<axis=1>(c, u) y = Conv<pads=[1,1,1,1]>(j, w4)""",
    """u = ConvTranspose<strides=[2,2]>(c, w3)
       y = AveragePool<kernel_shape=[3,3], strides=[3,3]>(u)""",
]


BODIES = [RESIDUAL, ASYMMETRIC, *(f"c = Conv<strides=[2,2]>(x, w1) {body}" for body in UPSAMPLED)]


@pytest.mark.parametrize("body", BODIES)
def test_the_field_is_what_changes_the_output(onnx_file: Callable[..., Path], body: str) -> None:
    """Every weight is positive, so that a pixel of the field always shows."""
    from onnx import load
    from onnx.reference import ReferenceEvaluator

    rows = 26
    path = onnx_file(
        body.replace("MaxPool", "AveragePool"),
        f"float[1,1,{rows},{rows}] x",
        w1=(2, 1, 3, 3),
        w2=(2, 2, 3, 3),
        w3=(4, 4, 3, 3) if "Slice" in body else (2, 1, 3, 3),
        w4=(1, 3, 3, 3),
        up=(2, 1, 2, 2),
    )
    evaluator = ReferenceEvaluator(load(path))
    image = np.ones((1, 1, rows, rows), np.float32)
    plain = np.asarray(evaluator.run(["y"], {"x": image})).squeeze(0)
    sees: list[list[int]] = [[] for _ in range(plain.shape[2])]
    for row in range(rows):
        changed = image.copy()
        changed[:, :, row] += 1
        output = np.asarray(evaluator.run(["y"], {"x": changed})).squeeze(0)
        for position in np.flatnonzero(np.abs(output - plain).max(axis=(0, 1, 3)) > 0):
            sees[int(position)].append(row)

    field = height(path)

    assert field is not None
    inside = 0
    for index, pixels in enumerate(sees):
        span = field.sees(index)
        first, end = span or (0, 0)
        if first >= 0 and end <= rows:
            inside += 1
            assert (pixels == []) == (first == end)
            if pixels:
                assert (min(pixels), max(pixels) + 1) == span
        elif "Resize" not in body:  # which repeats its border instead of padding it
            assert min(pixels) >= first
            assert max(pixels) < end
    assert inside > 1
    assert field.size == max(len(range(*(field.sees(index) or (0, 0)))) for index in range(12))
