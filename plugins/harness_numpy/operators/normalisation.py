"""Normalisation, in inference."""

from __future__ import annotations

import math
from functools import reduce
from typing import TYPE_CHECKING

import numpy as np

from harness import ModelError

if TYPE_CHECKING:
    from harness_numpy.operator import Array, Versions


def batch_normalisation(  # noqa: PLR0913 - the operator has this many inputs
    x: Array,
    scale: Array,
    bias: Array,
    mean: Array,
    variance: Array,
    *,
    epsilon: float = 1e-5,
    momentum: float = 0.9,  # noqa: ARG001 - it only trains
    spatial: int = 1,
    training_mode: int = 0,
) -> Array:
    """Return (x - mean) / sqrt(variance + epsilon) scale + bias, by channel.

    BatchNormalization-15.
    """
    if training_mode or not spatial:
        message = "only inference with one mean for each channel is supported"
        raise ModelError(message)
    channels = (-1,) + (1,) * (x.ndim - 2)
    y = x - mean.reshape(channels)
    y *= (scale / np.sqrt(variance + epsilon)).reshape(channels)
    y += bias.reshape(channels)
    return y


def layer_normalisation(  # noqa: PLR0913 - the operator has this many attributes
    x: Array,
    scale: Array,
    bias: Array | None = None,
    *,
    axis: int = -1,
    epsilon: float = 1e-5,
    stash_type: int = 1,  # noqa: ARG001 - all is computed in the session's precision
) -> Array:
    """Return (x - mean) / sqrt(variance + epsilon) scale + bias, over `axis` and all that follow.

    LayerNormalization-17.
    """
    axes = tuple(range(axis % x.ndim, x.ndim))
    y = _standardised(x, axes, epsilon) * scale
    return y if bias is None else y + bias


def instance_normalisation(x: Array, scale: Array, bias: Array, *, epsilon: float = 1e-5) -> Array:
    """Return (x - mean) / sqrt(variance + epsilon) scale + bias, for each image and channel.

    InstanceNormalization-22.
    """
    channels = (-1,) + (1,) * (x.ndim - 2)
    y = _standardised(x, tuple(range(2, x.ndim)), epsilon)
    return y * scale.reshape(channels) + bias.reshape(channels)


def _standardised(x: Array, axes: tuple[int, ...], epsilon: float) -> Array:
    centred: Array = x - x.mean(axes, keepdims=True)
    deviation: Array = np.sqrt(np.square(centred).mean(axes, keepdims=True) + epsilon)
    return centred / deviation


def local_response_normalisation(
    x: Array, *, size: int, alpha: float = 1e-4, beta: float = 0.75, bias: float = 1.0
) -> Array:
    """Return x / (bias + alpha / size total) ** beta (LRN-13).

    `total` is the sum of x² over `size` neighbouring channels.
    """
    before, after = (size - 1) // 2, math.ceil((size - 1) / 2)
    beyond = [(0, 0), (before, after)] + [(0, 0)] * (x.ndim - 2)
    squares = np.pad(np.square(x), beyond)
    channels = x.shape[1]
    total: Array = reduce(np.add, (squares[:, i : i + channels] for i in range(size)))
    return np.asarray(x / (bias + alpha / size * total) ** beta)


OPERATORS: dict[str, Versions] = {
    "BatchNormalization": {7: batch_normalisation},
    "InstanceNormalization": {7: instance_normalisation},
    "LRN": {7: local_response_normalisation},
    "LayerNormalization": {17: layer_normalisation},
}
