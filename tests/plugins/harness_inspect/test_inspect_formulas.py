# ruff: noqa: RUF001 - the signs of arithmetic are what is written
from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness_inspect.explanation import Findings

    Explain = Callable[..., Findings]

WEIGHTS = {
    "w": (4, 3, 3, 3),
    "b": (4,),
    "deep": (8, 4, 3, 3),
    "depth": (4, 1, 5, 3),
    "up": (4, 2, 3, 3),
    "up2": (4, 6, 2, 2),
    "d": (6, 5),
    "four": (4,),
    "scale": (4, 1, 1),
    "slope": (4, 1, 1),
}
EVERYTHING = """
    c = Conv<strides=[2,2], pads=[0,1,1,1]>(x, w, b)
    n = BatchNormalization(c, four, four2, four3, four4)
    p = PRelu(n, slope)
    s = Mul(p, scale)
    k = Conv<group=4, pads=[2,2,2,2], dilations=[1,2]>(s, depth)
    m = MaxPool<kernel_shape=[3,3], strides=[2,2], pads=[1,1,1,1], ceil_mode=1>(k)
    u = ConvTranspose<group=2, strides=[2,2], pads=[1,1,1,0], output_padding=[1,0]>(m, up)
    v = ConvTranspose<strides=[2,2]>(m, up2)
    j = Concat<axis=1>(v, v2)
    g = GlobalAveragePool(v)
    f = Flatten(g)
    y = Gemm(f, d)
"""


def evaluated(formula: str) -> bool:
    """Whether the two sides of a formula are equal."""
    text = formula.replace(",", "").partition(" (the last")[0]
    for sign, python in {
        "×": "*", "−": "-", "⌊": "math.floor(", "⌋": ")", "⌈": "math.ceil(", "⌉": ")"
    }.items():  # fmt: skip
        text = text.replace(sign, python)
    assert re.fullmatch(r"(math\.(floor|ceil)|[\d\s.()+*/=-])+", text), formula
    left, right = text.split(" = ")
    return bool(eval(left, {"math": math}) == eval(right))  # noqa: S307 - checked above


def test_every_formula_is_true(explained: Explain) -> None:
    body = EVERYTHING.replace("v2)", "v)").replace("j = Concat<axis=1>(v, v)", "")
    found = explained(body, "float[N,3,31,32] x", **WEIGHTS, four2=(4,), four3=(4,), four4=(4,))

    formulas = [
        formula
        for layer in found.layers
        for formula in (
            layer.parameters_formula,
            layer.macs_formula,
            layer.multiplications_formula,
            *layer.output_size,
            *layer.field_formula,
        )
        if "=" in formula
    ]
    assert len(formulas) > 20
    assert [each for each in formulas if not evaluated(each)] == []
    for layer in found.layers:
        assert layer.parameters == 0 or layer.parameters_formula.endswith(f"{layer.parameters:,}")


@pytest.mark.parametrize(
    ("body", "formulas"),
    [
        ("y = Conv<pads=[1,1,1,1]>(x, w)", ["(32 + 2×1 − 3)/1 + 1 = 32"]),
        ("y = Conv<strides=[2,2]>(x, w)", ["⌊(32 + 2×0 − 3)/2⌋ + 1 = 15"]),
        (
            "y = Conv<pads=[0,1,1,1], dilations=[1,2]>(x, w)",
            ["(32 + 0 + 1 − 3)/1 + 1 = 31", "(32 + 2×1 − (2×(3 − 1) + 1))/1 + 1 = 30"],
        ),
        ('y = Conv<auto_pad="SAME_UPPER", strides=[2,2]>(x, w)', ["(32 + 0 + 1 − 3)/2 + 1 = 16"]),
        (
            "y = MaxPool<kernel_shape=[3,3], strides=[2,2], ceil_mode=1>(x)",
            ["⌈(32 + 2×0 − 3)/2⌉ + 1 = 16"],
        ),
        (
            "y = MaxPool<kernel_shape=[2,2], strides=[3,3], pads=[1,1,1,1], ceil_mode=1>(x)",
            ["⌈(32 + 2×1 − 2)/3⌉ + 1 − 1 = 11 (the last window would begin in the padding)"],
        ),
        ("y = AveragePool<kernel_shape=[2,2], strides=[2,2]>(x)", ["(32 + 2×0 − 2)/2 + 1 = 16"]),
        ("y = GlobalAveragePool(x)", ["32×32 → 1"]),
        ("y = ConvTranspose<strides=[2,2]>(x, t)", ["(32 − 1)×2 − 2×0 + 2 = 64"]),
        (
            "y = ConvTranspose<strides=[2,2], pads=[1,1,0,1], output_padding=[1,0]>(x, t)",
            ["(32 − 1)×2 − (1 + 0) + 2 + 1 = 64", "(32 − 1)×2 − 2×1 + 2 = 62"],
        ),
        ("c = Conv(x, w) d = Conv(x, w) y = Concat<axis=1>(c, d, c)", ["4 + 4 + 4 = 12"]),
        (
            'twice = Constant<value_floats=[1.0,1.0,2.0,1.5]>() y = Resize(x, "", twice)',
            ["32 × 2 = 64", "32 × 3/2 = 48"],
        ),
        ("y = Relu(x)", []),
    ],
)
def test_output_sizes(explained: Explain, body: str, formulas: list[str]) -> None:
    found = explained(body, w=(4, 3, 3, 3), t=(3, 4, 2, 2)).layers[-1]

    assert list(dict.fromkeys(found.output_size)) == formulas


def test_what_a_constant_adds_is_no_sum_of_the_inputs(explained: Explain) -> None:
    body, image = "y = Concat<axis=1>(x, more)", "float[1,3,32,32] x"
    found = explained(body, image, more=(1, 2, 32, 32)).layers[-1]

    assert found.output_size == ("5, as the file states",)


@pytest.mark.parametrize(
    ("body", "formula"),
    [
        ("y = Conv<group=3>(x, g, b)", "6 × (3×3×1 + 1) = 60"),
        ("y = ConvTranspose<group=3>(x, t, b)", "6 × (2×2×1 + 1) = 30"),
        ("y = MatMul(x, d)", "10 × 32 = 320"),
        ("y = BatchNormalization(x, n1, n2, n3, n4)", "4 × 3 = 12"),
        ("y = PRelu(x, n1)", "3"),
        ("y = Mul(x, scale)", "3×1×1 = 3"),
        ("y = Relu(x)", ""),
    ],
)
def test_parameters(explained: Explain, body: str, formula: str) -> None:
    found = explained(
        body,
        g=(6, 1, 3, 3),
        t=(3, 2, 2, 2),
        b=(6,),
        d=(32, 10),
        scale=(3, 1, 1),
        **{f"n{each}": (3,) for each in range(1, 5)},
    )

    assert found.layers[-1].parameters_formula == formula


@pytest.mark.parametrize(
    ("kernel", "stride", "formula", "number"),
    [(2, 2, "2×2×3 / (2×2) = 3", 3), (4, 2, "4×4×3 / (2×2) = 12", 12), (3, 2, "= 6.75", 6.75)],
)
def test_a_transposed_convolution_shares_its_kernel_between_positions(
    explained: Explain, kernel: int, stride: int, formula: str, number: float
) -> None:
    (layer,) = explained(
        f"y = ConvTranspose<strides=[{stride},{stride}]>(x, w)", w=(3, 5, kernel, kernel)
    ).layers

    assert layer.multiplications_formula.endswith(formula)
    assert layer.multiplications_per_position == number
    assert layer.macs_formula == (
        f"{kernel}×{kernel}×3 × 5 × 32×32 = {kernel * kernel * 3 * 5 * 1024:,}"
    )


@pytest.mark.parametrize(
    ("body", "size", "macs"),
    [
        ("y = MatMul(x, right)", "20 → 5", "20 × 5 × 48 = 4,800"),
        ("y = MatMul(left, x)", "16 → 7", "16 × 7 × 60 = 6,720"),
        ("f = Flatten(x) y = Gemm<transB=1>(f, flat)", "960 → 8", "960 × 8 = 7,680"),
    ],
)
def test_a_dense_layer_may_multiply_from_either_side(
    explained: Explain, body: str, size: str, macs: str
) -> None:
    layer = explained(
        body, "float[N,3,16,20] x", right=(20, 5), left=(7, 16), flat=(8, 960)
    ).layers[-1]

    assert layer.output_size == (size,)
    assert layer.macs_formula == macs
    assert evaluated(layer.parameters_formula)


def test_weights_that_are_no_floats_are_no_parameters_but_are_multiplied_by(
    explained: Explain,
) -> None:
    (layer,) = explained(
        """zero = Constant<value = int8 {0}>() step = Constant<value = float {0.1}>()
           w8 = Constant<value = int8[4,2] {1,2,3,4,5,6,7,8}>()
           w = DequantizeLinear(w8, step, zero) y = Gemm(x, w, bias)""",
        "float[N,4] x",
        bias=(2,),
    ).layers

    assert layer.macs_formula == "4 × 2 = 8"
    assert layer.output_size == ("4 → 2",)
