"""Scores of classes, made to sum to one."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from harness_numpy.operator import Array, Versions


def softmax(x: Array, *, axis: int = -1) -> Array:
    """Return exp(x) / sum(exp(x)) along an axis (Softmax-13); the shift keeps it finite."""
    y: Array = np.exp(x - x.max(axis, keepdims=True))
    y /= y.sum(axis, keepdims=True)
    return y


def log_softmax(x: Array, *, axis: int = -1) -> Array:
    """Return log(Softmax(x)) along one axis (LogSoftmax-13)."""
    y: Array = x - x.max(axis, keepdims=True)
    y -= np.log(np.exp(y).sum(axis, keepdims=True))
    return y


def softmax_flattened(x: Array, *, axis: int = 1) -> Array:
    """Return Softmax over `axis` and all that follow (Softmax-11)."""
    return softmax(_flattened(x, axis)).reshape(x.shape)


def log_softmax_flattened(x: Array, *, axis: int = 1) -> Array:
    """Return LogSoftmax over `axis` and all that follow (LogSoftmax-11)."""
    return log_softmax(_flattened(x, axis)).reshape(x.shape)


def hardmax(x: Array, *, axis: int = -1) -> Array:
    """Return 1 at the first maximum along an axis, 0 elsewhere (Hardmax-13)."""
    y = np.zeros_like(x)
    np.put_along_axis(y, x.argmax(axis, keepdims=True), 1, axis)
    return y


def hardmax_flattened(x: Array, *, axis: int = 1) -> Array:
    """Return Hardmax over `axis` and all that follow (Hardmax-11)."""
    return hardmax(_flattened(x, axis)).reshape(x.shape)


def _flattened(x: Array, axis: int) -> Array:
    return x.reshape(math.prod(x.shape[: axis % x.ndim]), -1)


OPERATORS: dict[str, Versions] = {
    "Hardmax": {7: hardmax_flattened, 13: hardmax},
    "LogSoftmax": {7: log_softmax_flattened, 13: log_softmax},
    "Softmax": {7: softmax_flattened, 13: softmax},
}
