from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from harness import ModelError
from harness_numpy import convolution
from harness_numpy.convolution import conv2d, conv_transpose2d
from harness_numpy.operators.pooling import average_pool, max_pool

RANDOM = np.random.default_rng(0)

CONVOLUTIONS: list[tuple[int, int, tuple[int, int], dict[str, Any]]] = [
    (4, 6, (1, 1), {}),
    (4, 6, (3, 3), {"pads": (1, 1, 1, 1)}),
    (4, 6, (3, 5), {"stride": (2, 3), "pads": (1, 2, 1, 2)}),
    (4, 6, (3, 3), {"pads": (0, 1, 2, 3)}),
    (4, 6, (3, 2), {"dilation": (2, 3), "pads": (2, 1, 2, 2)}),
    (4, 6, (3, 3), {"groups": 2, "stride": (2, 1)}),
    (4, 4, (3, 3), {"groups": 4, "pads": (1, 1, 1, 1)}),
    (4, 12, (3, 3), {"groups": 4, "dilation": (2, 2), "stride": (2, 2), "pads": (2, 0, 1, 3)}),
]


@pytest.mark.parametrize(("c", "m", "kernel", "options"), CONVOLUTIONS)
def test_convolution_is_that_of_torch(
    c: int, m: int, kernel: tuple[int, int], options: dict[str, Any]
) -> None:
    import torch

    x = RANDOM.standard_normal((5, c, 11, 13))
    w = RANDOM.standard_normal((m, c // options.get("groups", 1), *kernel))
    b = RANDOM.standard_normal(m)
    top, left, bottom, right = options.get("pads", (0, 0, 0, 0))
    expected = torch.nn.functional.conv2d(
        torch.nn.functional.pad(torch.from_numpy(x), (left, right, top, bottom)),
        torch.from_numpy(w),
        torch.from_numpy(b),
        stride=options.get("stride", (1, 1)),
        dilation=options.get("dilation", (1, 1)),
        groups=options.get("groups", 1),
    )
    y = conv2d(x, w, b, **options)
    assert y.dtype == np.float64
    np.testing.assert_allclose(y, expected.numpy(), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("dilation", [1, 2])
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("kernel", [(3, 3), (5, 2)])
def test_bands_answer_as_columns_do(
    kernel: tuple[int, int], stride: int, dilation: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    x = RANDOM.standard_normal((3, 4, 17, 19))
    w = RANDOM.standard_normal((4, 1, *kernel))
    options: dict[str, Any] = {
        "groups": 4,
        "stride": (stride, stride),
        "dilation": (dilation, dilation),
        "pads": (1, 2, 0, 3),
    }
    y = conv2d(x, w, **options)
    monkeypatch.setattr(convolution, "NARROW", 0)
    np.testing.assert_allclose(conv2d(x, w, **options), y, rtol=1e-12, atol=1e-12)


def test_an_infinite_pixel_is_seen_by_its_windows_alone() -> None:
    x = np.ones((1, 2, 9, 9), np.float32)
    x[0, 0, 4, 4], x[0, 1, 0, 8] = np.inf, np.nan
    with np.errstate(invalid="ignore"):
        y = conv2d(x, np.ones((2, 1, 3, 3), np.float32), pads=(1, 1, 1, 1), groups=2)
    assert np.isinf(y[0, 0, 3:6, 3:6]).all()
    assert np.isnan(y[0, 1, :2, 7:]).all()
    assert np.isfinite(y).sum() == y.size - 9 - 4


@pytest.mark.parametrize("block", [1, 1 << 15, 1 << 30])
def test_convolution_does_not_depend_on_its_block(
    block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    x = RANDOM.standard_normal((5, 4, 11, 13))
    w, b = RANDOM.standard_normal((6, 4, 3, 3)), RANDOM.standard_normal(6)
    y = conv2d(x, w, b)
    monkeypatch.setattr(convolution, "BLOCK", block)
    np.testing.assert_allclose(conv2d(x, w, b), y, rtol=1e-12)


@pytest.mark.parametrize(
    ("stride", "dilation", "groups", "extra"),
    [((1, 1), (1, 1), 1, (0, 0)), ((2, 3), (1, 2), 2, (1, 2)), ((3, 2), (2, 1), 4, (2, 0))],
)
def test_transposed_convolution_is_that_of_torch(
    stride: tuple[int, int], dilation: tuple[int, int], groups: int, extra: tuple[int, int]
) -> None:
    import torch

    x = RANDOM.standard_normal((3, 4, 5, 6))
    w = RANDOM.standard_normal((4, 8 // groups, 3, 2))
    b = RANDOM.standard_normal(8)
    expected = torch.nn.functional.conv_transpose2d(
        torch.from_numpy(x),
        torch.from_numpy(w),
        torch.from_numpy(b),
        stride=stride,
        padding=1,
        output_padding=extra,
        groups=groups,
        dilation=dilation,
    ).numpy()
    y = conv_transpose2d(
        x,
        w,
        b,
        output=expected.shape[2:],
        stride=stride,
        pads=(1, 1, 1, 1),
        dilation=dilation,
        groups=groups,
    )
    np.testing.assert_allclose(y, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("size", [(7, 8), (9, 10), (10, 7)])
@pytest.mark.parametrize("ceil_mode", [0, 1])
@pytest.mark.parametrize("count_include_pad", [0, 1])
@pytest.mark.parametrize("stride", [2, 3])
def test_average_pooling_is_that_of_torch(
    size: tuple[int, int], ceil_mode: int, count_include_pad: int, stride: int
) -> None:
    import torch

    x = RANDOM.standard_normal((2, 3, *size))
    expected = torch.nn.functional.avg_pool2d(
        torch.from_numpy(x),
        3,
        stride=stride,
        padding=1,
        ceil_mode=bool(ceil_mode),
        count_include_pad=bool(count_include_pad),
    )
    y = average_pool(
        x,
        kernel_shape=[3, 3],
        strides=[stride] * 2,
        pads=[1, 1, 1, 1],
        ceil_mode=ceil_mode,
        count_include_pad=count_include_pad,
    )
    np.testing.assert_allclose(y, expected.numpy(), rtol=1e-12)


@pytest.mark.parametrize("size", [(7, 8), (9, 10), (10, 7)])
@pytest.mark.parametrize("ceil_mode", [0, 1])
@pytest.mark.parametrize("dilation", [1, 2])
@pytest.mark.parametrize("stride", [2, 3])
def test_max_pooling_is_that_of_torch(
    size: tuple[int, int], ceil_mode: int, dilation: int, stride: int
) -> None:
    import torch

    x = RANDOM.standard_normal((2, 3, *size)) - 5  # zeros in the padding would win
    expected = torch.nn.functional.max_pool2d(
        torch.from_numpy(x),
        3,
        stride=stride,
        padding=1,
        ceil_mode=bool(ceil_mode),
        dilation=dilation,
    )
    y = max_pool(
        x,
        kernel_shape=[3, 3],
        strides=[stride] * 2,
        pads=[1, 1, 1, 1],
        ceil_mode=ceil_mode,
        dilations=[dilation] * 2,
    )
    np.testing.assert_array_equal(y, expected.numpy())


def test_a_window_that_does_not_fit_is_said() -> None:
    x = np.ones((1, 2, 5, 5), np.float32)
    with pytest.raises(ModelError, match="a window over 7 x 7 does not fit 5 x 5"):
        conv2d(x, np.ones((2, 2, 7, 7), np.float32))
    with pytest.raises(ModelError, match="a window over 7 x 7 does not fit 5 x 5"):
        max_pool(x, kernel_shape=[7, 7])
