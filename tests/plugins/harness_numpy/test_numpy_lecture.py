"""The worked examples of a lecture on CNNs, as the kernels answer them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from scipy import ndimage

from harness_numpy.convolution import conv2d, conv_transpose2d
from harness_numpy.operators.pooling import max_pool

if TYPE_CHECKING:
    from numpy.typing import NDArray

PHOTOGRAPH = Path(__file__).with_name("hopper.png")
"""Grace Hopper, 96 x 96 grey; an official photograph of the U.S. Navy, in the public domain."""


def image(rows: Any) -> NDArray[np.float32]:  # noqa: ANN401 - whatever an array is made of
    """Return rows as one image or one filter of one channel, 1 x 1 x H x W."""
    return np.asarray(rows, np.float32)[None, None]


def test_dumoulin_and_visins_convolution() -> None:
    x = image([[3, 3, 2, 1, 0], [0, 0, 1, 3, 1], [3, 1, 2, 2, 3], [2, 0, 0, 2, 2], [2, 0, 0, 0, 1]])
    w = image([[0, 1, 2], [2, 2, 0], [0, 1, 2]])
    assert conv2d(x, w)[0, 0].tolist() == [[12, 12, 17], [10, 17, 19], [9, 6, 14]]


def test_a_filter_with_negative_weights() -> None:
    x = image([[4, 2, 3, 3], [2, 1, 2, 5], [3, 2, 0, 3], [1, 2, 3, 1]])
    w = image([[2, -3, 2], [1, 0, 1], [2, -3, 3]])
    assert conv2d(x, w)[0, 0].tolist() == [[12, 20], [13, 9]]


def test_a_transposed_convolution_of_ones_is_a_pyramid() -> None:
    y = conv_transpose2d(image(np.ones((4, 4))), image(np.ones((3, 3))), output=(6, 6))
    side = np.array([1, 2, 3, 3, 2, 1])
    assert y[0, 0].tolist() == np.outer(side, side).tolist()
    assert y[0, 0, :3].tolist() == [[1, 2, 3, 3, 2, 1], [2, 4, 6, 6, 4, 2], [3, 6, 9, 9, 6, 3]]


def test_padding_and_stride_give_the_size() -> None:
    n, p, f, s = 5, 1, 3, 2
    y = conv2d(image(np.ones((n, n))), image(np.ones((f, f))), pads=(p,) * 4, stride=(s, s))
    assert y.shape == (1, 1, 3, 3)
    assert y.shape[2] == (n + 2 * p - f) // s + 1


def test_filters_give_the_depth() -> None:
    y = conv2d(np.ones((1, 10, 50, 50), np.float32), np.ones((25, 10, 3, 3), np.float32))
    assert y.shape == (1, 25, 48, 48)
    assert (y == 10 * 3 * 3).all()


def test_pooling_keeps_the_largest() -> None:
    x = image([[1, 3, 2, 1], [4, 6, 5, 2], [7, 2, 9, 1], [0, 8, 3, 4]])
    y = np.asarray(max_pool(x, kernel_shape=[2, 2], strides=[2, 2]))
    assert y[0, 0].tolist() == [[6, 5], [8, 9]]


FILTERS = {
    "vertical edges": [[1, 0, -1], [1, 0, -1], [1, 0, -1]],
    "sobel": [[1, 0, -1], [2, 0, -2], [1, 0, -1]],
    "laplace": [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
    "blur": np.full((5, 5), 1 / 25),
}


@pytest.mark.parametrize("kernel", FILTERS.values(), ids=FILTERS)
def test_filters_on_a_photograph_are_scipys(kernel: Any) -> None:  # noqa: ANN401
    from PIL import Image

    with Image.open(PHOTOGRAPH) as file:
        photograph = np.asarray(file, np.float64)
    w = np.asarray(kernel, np.float64)
    pad = len(w) // 2
    y = conv2d(photograph[None, None], w[None, None], pads=(pad,) * 4)[0, 0]
    expected = ndimage.correlate(photograph, w, mode="constant")
    np.testing.assert_allclose(y, expected, atol=1e-10)
    assert np.abs(expected).max() > 50, "the filter must answer to the image"


def test_sobel_finds_edges_as_scipy_does() -> None:
    from PIL import Image

    with Image.open(PHOTOGRAPH) as file:
        photograph = np.asarray(file, np.float64)
    w = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], np.float64)
    y = conv2d(photograph[None, None], w[None, None])[0, 0]
    np.testing.assert_allclose(y, ndimage.sobel(photograph, axis=1)[1:-1, 1:-1], atol=1e-10)
