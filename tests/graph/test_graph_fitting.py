"""Another input size than the file's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.errors import ModelError
from harness.graph import analyse

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

GLOBAL = """
    c = Conv<strides=[2,2]>(x, w) g = GlobalAveragePool(c) f = Flatten(g) y = Gemm(f, four)
"""
WEIGHTS = {"w": (4, 3, 3, 3), "four": (4, 10), "dense": (900, 10), "square": (32, 5)}


@pytest.mark.parametrize("batch", ["N", "1", "4"])
def test_a_size_is_inferred_anew(onnx_file: Callable[..., Path], batch: str) -> None:
    path = onnx_file(GLOBAL, f"float[{batch},3,32,32] x", **WEIGHTS)

    structure = analyse(path, size=(64, 20), imposed=True)

    assert structure.image_shape == (None, 3, 64, 20)
    assert structure.layers[0].shape == (None, 4, 31, 9)
    assert structure.outputs == {"y": (None, 10)}
    assert analyse(path, size=(64, 20)).image_shape == (None, 3, 32, 32)
    assert analyse(path, size=(32, 32), imposed=True) == analyse(path)


def test_shapes_that_the_file_states_do_not_survive(onnx_file: Callable[..., Path]) -> None:
    import onnx

    path = onnx_file(GLOBAL, **WEIGHTS)
    onnx.save(onnx.shape_inference.infer_shapes(onnx.load(path)), path)

    assert analyse(path, size=(64, 20), imposed=True).layers[0].shape == (None, 4, 31, 9)


def test_channels_may_come_last(onnx_file: Callable[..., Path]) -> None:
    path = onnx_file(
        "t = Transpose<perm=[0,3,1,2]>(x) y = Conv(t, w)", "float[N,32,32,3] x", **WEIGHTS
    )

    assert analyse(path, size=(30, 40), imposed=True).layers[-1].shape == (None, 4, 28, 38)


@pytest.mark.parametrize(
    ("body", "size", "reason"),
    [
        (
            "c = Conv<strides=[2,2]>(x, w) f = Flatten(c) y = Gemm(f, dense)",
            (33, 33),
            (
                "shapes cannot be inferred at this input size: "
                "Inference error(s): (op_type:Gemm): Dimension mismatch"
            ),
        ),
        (
            """c = Conv<strides=[2,2]>(x, w) to = Constant<value_ints=[-1, 900]>()
               f = Reshape(c, to) y = Gemm(f, dense)""",
            (33, 33),
            "shapes cannot be inferred at this input size",
        ),
        ("c = Conv(x, w) y = MatMul(x, square)", (32, 33), "shapes cannot be inferred"),
        (
            """s = Shape<start=0, end=1>(x) k = Constant<value_ints=[900]>()
               to = Concat<axis=0>(s, k) c = Conv<strides=[2,2]>(x, w) y = Reshape(c, to)""",
            (33, 33),
            (
                "Reshape 'y' is made for 900 values an image, and would get 1,024; "
                "the model does not take this input size"
            ),
        ),
        (
            "p = MaxPool<kernel_shape=[3,3], strides=[2,2]>(x) y = Conv(p, w)",
            (4, 32),
            "nothing of an image that small reaches Conv 'y'",
        ),
    ],
)
def test_a_size_that_does_not_fit(
    onnx_file: Callable[..., Path], body: str, size: tuple[int, int], reason: str
) -> None:
    path = onnx_file(body, **WEIGHTS)
    analyse(path, size=(32, 32), imposed=True)

    with pytest.raises(ModelError) as error:
        analyse(path, size=size, imposed=True)

    assert reason in str(error.value)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


def test_an_input_that_is_no_image(onnx_file: Callable[..., Path]) -> None:
    path = onnx_file("y = Relu(x)", "float[N,30] x")

    with pytest.raises(ModelError, match="input 'x' has no height and width"):
        analyse(path, size=(32, 32), imposed=True)
