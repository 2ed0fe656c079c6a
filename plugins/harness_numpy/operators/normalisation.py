"""Normalisation with learnt scales and biases, in inference."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

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
    training_mode: int = 0,  # noqa: ARG001 - `kernel.own` leaves training to the fallback
    out: Array | None = None,
) -> Array:
    """Return (x - mean) / sqrt(variance + epsilon) scale + bias, by channel.

    BatchNormalization-15; BatchNormalization-7 has means by channel and pixel without `spatial`.
    """
    shape = (-1,) + (1,) * (x.ndim - 2) if spatial else x.shape[1:]
    y = np.subtract(x, mean.reshape(shape), out=out)
    y *= (scale / np.sqrt(variance + epsilon)).reshape(shape)
    y += bias.reshape(shape)
    return y


def layer_normalisation(  # noqa: PLR0913 - the operator has this many attributes
    x: Array,
    scale: Array,
    bias: Array | None = None,
    *,
    axis: int = -1,
    epsilon: float = 1e-5,
    stash_type: int = 1,  # noqa: ARG001 - all is computed in the session's precision
) -> tuple[Array, Array, Array]:
    """Return (x - mean) / sqrt(variance + epsilon) scale + bias, over `axis` and all that follow.

    The mean and 1 / sqrt(variance + epsilon) as well (LayerNormalization-17).
    """
    axes = tuple(range(axis % x.ndim, x.ndim))
    centred, mean, deviation = _centred(x, axes, epsilon)
    y = centred / deviation * scale
    return y if bias is None else y + bias, mean, 1 / deviation


def rms_normalisation(
    x: Array,
    scale: Array,
    *,
    axis: int = -1,
    epsilon: float = 1e-5,
    stash_type: int = 1,  # noqa: ARG001 - all is computed in the session's precision
) -> Array:
    """Return x / sqrt(mean of x² + epsilon) scale, over `axis` and all that follow.

    RMSNormalization-23.
    """
    axes = tuple(range(axis % x.ndim, x.ndim))
    square: Array = np.square(x).mean(axes, keepdims=True)
    return x / np.sqrt(square + epsilon) * scale


def instance_normalisation(x: Array, scale: Array, bias: Array, *, epsilon: float = 1e-5) -> Array:
    """Return (x - mean) / sqrt(variance + epsilon) scale + bias, for each image and channel.

    InstanceNormalization-22.
    """
    return group_normalisation(x, scale, bias, num_groups=x.shape[1], epsilon=epsilon)


def group_normalisation(  # noqa: PLR0913 - the operator has this many attributes
    x: Array,
    scale: Array,
    bias: Array,
    *,
    num_groups: int,
    epsilon: float = 1e-5,
    stash_type: int = 1,  # noqa: ARG001 - all is computed in the session's precision
) -> Array:
    """Return (x - mean) / sqrt(variance + epsilon) scale + bias, for each image and group.

    Scale and bias are those of each channel (GroupNormalization-21).
    """
    groups = x.reshape(x.shape[0], num_groups, -1)
    centred, _, deviation = _centred(groups, (2,), epsilon)
    channels = (-1,) + (1,) * (x.ndim - 2)
    y = (centred / deviation).reshape(x.shape)
    y *= scale.reshape(channels)
    y += bias.reshape(channels)
    return y


def group_normalisation_by_group(
    x: Array, scale: Array, bias: Array, *, num_groups: int, epsilon: float = 1e-5
) -> Array:
    """Return GroupNormalization with the scale and bias of each group (GroupNormalization-18)."""
    size = x.shape[1] // num_groups
    scale, bias = np.repeat(scale, size), np.repeat(bias, size)
    return group_normalisation(x, scale, bias, num_groups=num_groups, epsilon=epsilon)


def _centred(x: Array, axes: tuple[int, ...], epsilon: float) -> tuple[Array, Array, Array]:
    """Return x - mean, the mean, and sqrt(variance + epsilon)."""
    mean: Array = x.mean(axes, keepdims=True)
    centred = x - mean
    deviation: Array = np.sqrt(np.square(centred).mean(axes, keepdims=True) + epsilon)
    return centred, mean, deviation


OPERATORS: dict[str, Versions] = {
    "BatchNormalization": {7: batch_normalisation},
    "GroupNormalization": {18: group_normalisation_by_group, 21: group_normalisation},
    "InstanceNormalization": {7: instance_normalisation},
    "LayerNormalization": {17: layer_normalisation},
    "RMSNormalization": {23: rms_normalisation},
}
