"""Activations, each as ONNX's specification of that name defines it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from harness_numpy.operator import cellwise

if TYPE_CHECKING:
    from harness_numpy.operator import Array, Versions


def relu(x: Array, *, out: Array | None = None) -> Array:
    """Return max(0, x) (Relu-14)."""
    return np.maximum(x, 0, out=out)


def leaky_relu(x: Array, *, alpha: float = 0.01) -> Array:
    """Return x where x >= 0, alpha x elsewhere (LeakyRelu-16)."""
    return np.where(x >= 0, x, alpha * x)


def prelu(x: Array, slope: Array) -> Array:
    """Return x where x >= 0, slope x elsewhere; slope broadcasts to x (PRelu-16)."""
    return np.where(x >= 0, x, slope * x)


def sigmoid(x: Array, *, out: Array | None = None) -> Array:
    """Return 1 / (1 + exp(-x)) (Sigmoid-13)."""
    return special.expit(x, out=out)


def hard_sigmoid(x: Array, *, alpha: float = 0.2, beta: float = 0.5) -> Array:
    """Return max(0, min(1, alpha x + beta)) (HardSigmoid-22)."""
    y = np.asarray(alpha * x)
    y += beta
    return np.clip(y, 0, 1, out=y)


def hard_swish(x: Array, *, out: Array | None = None) -> Array:
    """Return x HardSigmoid(x) with alpha 1/6 and beta 1/2 (HardSwish-22)."""
    return np.multiply(x, hard_sigmoid(x, alpha=1 / 6, beta=0.5), out=out)


def swish(x: Array, *, alpha: float = 1.0) -> Array:
    """Return x Sigmoid(alpha x) (Swish-24)."""
    return x * special.expit(alpha * x)


def elu(x: Array, *, alpha: float = 1.0) -> Array:
    """Return x where x >= 0, alpha (exp(x) - 1) elsewhere (Elu-22)."""
    return np.where(x >= 0, x, alpha * np.expm1(x))


def celu(x: Array, *, alpha: float = 1.0) -> Array:
    """Return max(0, x) + min(0, alpha (exp(x / alpha) - 1)) (Celu-12)."""
    return np.maximum(x, 0) + np.minimum(0, alpha * np.expm1(x / alpha))


def selu(
    x: Array, *, alpha: float = 1.67326319217681884765625, gamma: float = 1.05070102214813232421875
) -> Array:
    """Return gamma x where x > 0, gamma alpha (exp(x) - 1) elsewhere (Selu-22)."""
    return gamma * np.where(x > 0, x, alpha * np.expm1(x))


def gelu(x: Array, *, approximate: str = "none") -> Array:
    """Return x Phi(x), with Phi the normal distribution or its tanh approximation (Gelu-20)."""
    if approximate == "tanh":
        error: Array = np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))
    else:
        error = special.erf(x / math.sqrt(2))
    y: Array = 0.5 * x * (1 + error)
    return y


def softplus(x: Array) -> Array:
    """Return log(1 + exp(x)) (Softplus-22)."""
    return np.logaddexp(x, 0, dtype=x.dtype)


def softsign(x: Array) -> Array:
    """Return x / (1 + |x|) (Softsign-22)."""
    y: Array = x / (1 + np.abs(x))
    return y


def mish(x: Array) -> Array:
    """Return x tanh(Softplus(x)) (Mish-22)."""
    return x * np.tanh(softplus(x))


def thresholded_relu(x: Array, *, alpha: float = 1.0) -> Array:
    """Return x where x > alpha, 0 elsewhere (ThresholdedRelu-22)."""
    return np.where(x > alpha, x, 0)


def shrink(x: Array, *, bias: float = 0.0, lambd: float = 0.5) -> Array:
    """Return x + bias where x < -lambd, x - bias where x > lambd, 0 elsewhere (Shrink-9)."""
    y = np.where(x < -lambd, x + bias, np.where(x > lambd, x - bias, 0))
    return y.astype(x.dtype, copy=False)


OPERATORS: dict[str, Versions] = {
    "Celu": {12: celu},
    "Elu": {7: elu},
    "Erf": {9: cellwise(special.erf)},
    "Gelu": {20: gelu},
    "HardSigmoid": {7: hard_sigmoid},
    "HardSwish": {14: hard_swish},
    "LeakyRelu": {7: leaky_relu},
    "Mish": {18: mish},
    "PRelu": {7: prelu},
    "Relu": {7: relu},
    "Selu": {7: selu},
    "Shrink": {9: shrink},
    "Sigmoid": {7: sigmoid},
    "Softplus": {7: softplus},
    "Softsign": {7: softsign},
    "Swish": {24: swish},
    "Tanh": {7: cellwise(np.tanh)},
    "ThresholdedRelu": {10: thresholded_relu},
}
