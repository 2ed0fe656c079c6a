"""Resizing, sampling and unpooling against torch, in float64."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from harness_numpy.operators.pooling import max_pool
from harness_numpy.operators.resizing import resize, upsample, upsample_by_attribute
from harness_numpy.operators.sampling import affine_grid, grid_sample
from harness_numpy.operators.unpooling import max_unpool

RANDOM = np.random.default_rng(0)
SIZES = [(7, 11), (10, 14), (13, 5), (1, 3)]
TORCH = {"linear": "bilinear", "cubic": "bicubic", "nearest": "nearest"}


def interpolated(x: np.ndarray[Any, Any], **options: Any) -> np.ndarray[Any, Any]:  # noqa: ANN401 - as torch takes them
    import torch

    return torch.nn.functional.interpolate(torch.from_numpy(x), **options).numpy()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("mode", ["linear", "cubic"])
@pytest.mark.parametrize("align_corners", [False, True])
def test_resizing_is_that_of_torch(size: tuple[int, int], mode: str, align_corners: bool) -> None:  # noqa: FBT001 - a parameter
    x = RANDOM.normal(size=(2, 3, 7, 9))
    y = resize(
        x,
        sizes=np.array([2, 3, *size]),
        mode=mode,
        coordinate_transformation_mode="align_corners" if align_corners else "half_pixel",
    )
    wanted = interpolated(x, size=size, mode=TORCH[mode], align_corners=align_corners)
    np.testing.assert_allclose(y, wanted, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("mode", ["linear", "cubic"])
def test_antialiasing_is_that_of_torch(size: tuple[int, int], mode: str) -> None:
    x = RANDOM.normal(size=(2, 3, 17, 19))
    a = -0.5 if mode == "cubic" else -0.75  # torch's own with antialiasing, as Pillow's
    y = resize(
        x,
        sizes=np.array(size),
        axes=[2, 3],
        mode=mode,
        antialias=1,
        exclude_outside=1,
        cubic_coeff_a=a,
    )
    wanted = interpolated(x, size=size, mode=TORCH[mode], antialias=True)
    np.testing.assert_allclose(y, wanted, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("scales", [(2.0, 3.0), (0.5, 1.5), (1.0, 0.34)])
@pytest.mark.parametrize("mode", ["nearest", "linear"])
def test_upsampling_starts_at_the_first_corner(scales: tuple[float, float], mode: str) -> None:
    x = RANDOM.normal(size=(2, 3, 6, 8))
    y = upsample(x, np.array([1, 1, *scales]), mode=mode)
    np.testing.assert_array_equal(y, upsample_by_attribute(x, scales=[1, 1, *scales], mode=mode))
    if mode == "nearest":
        np.testing.assert_array_equal(y, interpolated(x, scale_factor=scales, mode="nearest"))
    np.testing.assert_array_equal(y[:, :, 0, 0], x[:, :, 0, 0])


def test_resized_integers_are_rounded_and_kept_in_range() -> None:
    x = np.array([[[[0, 255], [255, 0]]]], np.uint8)
    y = resize(x, scales=np.array([1, 1, 4, 4]), mode="cubic")
    exact = resize(x.astype(float), scales=np.array([1, 1, 4, 4]), mode="cubic")
    assert exact.min() < 0
    assert exact.max() > 255
    np.testing.assert_array_equal(y, np.rint(exact).clip(0, 255))
    assert y.dtype == np.uint8


SAMPLED = [
    *product(["nearest", "bilinear"], ["zeros", "border", "reflection"]),
    ("bicubic", "zeros"),  # ONNX moves the place itself into the image, torch each cell around it
]


@pytest.mark.parametrize(("mode", "padding_mode"), SAMPLED)
@pytest.mark.parametrize("align_corners", [0, 1])
def test_sampling_is_that_of_torch(mode: str, padding_mode: str, align_corners: int) -> None:
    import torch

    x = RANDOM.normal(size=(2, 3, 5, 7))
    grid = RANDOM.uniform(-1.6, 1.6, (2, 4, 6, 2))
    wanted = torch.nn.functional.grid_sample(
        torch.from_numpy(x),
        torch.from_numpy(grid),
        mode=mode,
        padding_mode=padding_mode,
        align_corners=bool(align_corners),
    )
    y = grid_sample(x, grid, mode=mode, padding_mode=padding_mode, align_corners=align_corners)
    np.testing.assert_allclose(y, wanted.numpy(), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("size", [(2, 3, 4, 5), (2, 3, 4, 5, 6)])
@pytest.mark.parametrize("align_corners", [0, 1])
def test_affine_grids_are_those_of_torch(size: tuple[int, ...], align_corners: int) -> None:
    import torch

    theta = RANDOM.normal(size=(2, len(size) - 2, len(size) - 1))
    wanted = torch.nn.functional.affine_grid(
        torch.from_numpy(theta), list(size), align_corners=bool(align_corners)
    )
    y = affine_grid(theta, np.array(size), align_corners=align_corners)
    np.testing.assert_allclose(y, wanted.numpy(), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("stride", [2, 3])
@pytest.mark.parametrize("ceil_mode", [0, 1])
@pytest.mark.parametrize("dilation", [1, 2])
def test_positions_are_those_of_torch(stride: int, ceil_mode: int, dilation: int) -> None:
    import torch

    x = RANDOM.integers(-9, -5, (2, 3, 8, 9)).astype(float)  # many are equal: the first counts
    result = max_pool(
        x,
        kernel_shape=[3, 3],
        strides=[stride] * 2,
        pads=[1, 1, 1, 1],
        ceil_mode=ceil_mode,
        dilations=[dilation] * 2,
        num_outputs=2,
    )
    wanted, indices = torch.nn.functional.max_pool2d(
        torch.from_numpy(x),
        3,
        stride=stride,
        padding=1,
        ceil_mode=bool(ceil_mode),
        dilation=dilation,
        return_indices=True,
    )
    np.testing.assert_array_equal(result[0], wanted.numpy())
    planes = np.arange(6).reshape(2, 3, 1, 1) * 72  # ONNX counts through the whole tensor
    np.testing.assert_array_equal(result[1], indices.numpy() + planes)


def test_padding_never_stands_for_a_maximum() -> None:
    x = np.zeros((1, 1, 2, 2), np.uint8)  # as low as what pads
    _, indices = max_pool(x, kernel_shape=[2, 2], pads=[1, 1, 0, 0], strides=[2, 2], num_outputs=2)
    assert indices.tolist() == [[[[0]]]]


def test_unpooling_puts_maxima_back() -> None:
    x = RANDOM.normal(size=(2, 3, 6, 8))
    pooled, indices = max_pool(x, kernel_shape=[2, 2], strides=[2, 2], num_outputs=2)
    y = max_unpool(pooled, indices, kernel_shape=[2, 2], strides=[2, 2])
    assert y.shape == x.shape
    assert (y != 0).sum() == pooled.size
    np.testing.assert_array_equal(y[y != 0], x[y != 0])
    wider = max_unpool(pooled, indices, np.array([2, 3, 7, 9]), kernel_shape=[2, 2], strides=[2, 2])
    np.testing.assert_array_equal(wider[:, :, :6, :8], y)
    assert not wider[:, :, 6:].any()
    assert not wider[:, :, :, 8:].any()
