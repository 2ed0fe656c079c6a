"""The lecture's calculations, and its answers."""

# ruff: noqa: RUF001 - the signs of arithmetic are what is written
from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness_inspect.explanation import Explained, Findings

    Explain = Callable[..., Findings]

FIRST_CNN = """
    c1 = Conv(x, w1, b1) a1 = Relu(c1)
    c2 = Conv<strides=[2,2]>(a1, w2, b2) a2 = Relu(c2)
    c3 = Conv<strides=[2,2]>(a2, w3, b3) a3 = Relu(c3)
    f = Flatten(a3) y = Gemm<transB=1>(f, w4, b4)
"""
FIRST_CNN_WEIGHTS = {
    "w1": (10, 3, 3, 3),
    "b1": (10,),
    "w2": (20, 10, 5, 5),
    "b2": (20,),
    "w3": (40, 20, 5, 5),
    "b3": (40,),
    "w4": (1, 40 * 7 * 7),
    "b4": (1,),
}


def by_label(found: Findings) -> dict[str, Explained]:
    return {layer.label: layer for layer in found.layers}


def test_its_first_cnn_has_27_301_parameters(explained: Explain) -> None:
    found = explained(FIRST_CNN, "float[N,3,39,39] x", **FIRST_CNN_WEIGHTS)

    layers = by_label(found)
    assert found.totals.parameters.stored == 27_301
    assert [layers[name].parameters_formula for name in ("c1", "c2", "c3", "y")] == [
        "10 × (3×3×3 + 1) = 280",
        "20 × (5×5×10 + 1) = 5,020",
        "40 × (5×5×20 + 1) = 20,040",
        "1 × (1,960 + 1) = 1,961",
    ]
    assert [layers[name].output_size[0] for name in ("c1", "c2", "c3", "f", "y")] == [
        "(39 + 2×0 − 3)/1 + 1 = 37",
        "(37 + 2×0 − 5)/2 + 1 = 17",
        "(17 + 2×0 − 5)/2 + 1 = 7",
        "40×7×7 = 1,960",
        "1,960 → 1",
    ]
    assert layers["c3"].output_shape == (None, 40, 7, 7)


@pytest.mark.parametrize(
    ("body", "image", "formula"),
    [
        # C5 spans all of S4, so that it is a convolution and a dense layer at once
        ("y = Conv(x, c, b)", "float[N,16,5,5] x", "120 × (5×5×16 + 1) = 48,120"),
        ("f = Flatten(x) y = Gemm(f, d, b)", "float[N,16,5,5] x", "120 × (400 + 1) = 48,120"),
    ],
)
def test_from_s4_to_c5_are_48_120_parameters(
    explained: Explain, body: str, image: str, formula: str
) -> None:
    found = explained(body, image, c=(120, 16, 5, 5), d=(400, 120), b=(120,))

    assert found.layers[-1].parameters_formula == formula
    assert found.totals.parameters.stored == 48_120
    assert found.totals.macs == 48_000


def test_100_filters_of_4_by_4_by_3_have_4_900_parameters(explained: Explain) -> None:
    found = explained("y = Conv(x, w, b)", w=(100, 3, 4, 4), b=(100,))

    assert found.layers[0].parameters_formula == "100 × (4×4×3 + 1) = 4,900"
    assert found.totals.size_bytes == {"fp32": 19_600, "fp16": 9_800, "int8": 4_900}


def test_a_3_by_3_by_3_filter_takes_27_operations_a_position_28_with_bias(
    explained: Explain,
) -> None:
    plain = explained("y = Conv(x, w)", w=(8, 3, 3, 3)).layers[0]
    biased = explained("y = Conv(x, w, b)", w=(8, 3, 3, 3), b=(8,)).layers[0]

    assert plain.multiplications_formula == biased.multiplications_formula == "3×3×3 = 27"
    assert (plain.multiplications_per_position, plain.operations_per_position) == (27, 27)
    assert (biased.multiplications_per_position, biased.operations_per_position) == (27, 28)


def test_its_dense_layer_takes_3_072_values_to_10(explained: Explain) -> None:
    flat, dense = explained("f = Flatten(x) y = Gemm(f, w, b)", w=(3072, 10), b=(10,)).layers

    assert flat.output_size == ("3×32×32 = 3,072",)
    assert dense.output_size == ("3,072 → 10",)
    assert dense.parameters_formula == "10 × (3,072 + 1) = 30,730"
    assert dense.operations_per_position == 3_073
    assert dense.receptive_field is None


def test_image_size_decides_the_parameters_of_dense_layers_only(explained: Explain) -> None:
    def counted(size: int) -> tuple[int, int]:
        convolution, _, dense = explained(
            "c = Conv(x, w, b) f = Flatten(c) y = Gemm(f, d)",
            f"float[N,3,{size},{size}] x",
            w=(10, 3, 3, 3),
            b=(10,),
            d=(10 * (size - 2) ** 2, 5),
        ).layers
        return convolution.parameters, dense.parameters

    assert counted(32) == (280, 45_000)
    assert counted(64) == (280, 192_200)
