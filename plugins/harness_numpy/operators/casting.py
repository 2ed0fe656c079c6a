"""Constants, copies and changes of type.

The floating-point types of ONNX are one here, the session's precision: a cast between them would
round the oracle's float64 away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from harness import ModelError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness_numpy.operator import Array, Versions


def cast(x: Array, *, to: np.dtype[Any], **_float8: object) -> Array:
    """Return x in another type; floats are truncated to integers (Cast-25)."""
    return x.astype(to, copy=False)


def cast_like(x: Array, like: Array, **_float8: object) -> Array:
    """Return x in the type of `like` (CastLike-25)."""
    if like.dtype.isbuiltin != 1:
        message = f"a cast to {like.dtype} needs its rules for what does not fit"
        raise ModelError(message)
    return x.astype(like.dtype, copy=False)


def constant(  # noqa: PLR0913 - the operator has this many attributes
    *,
    real: np.dtype[Any],
    value: Array | None = None,
    value_float: float | None = None,
    value_floats: Sequence[float] | None = None,
    value_int: int | None = None,
    value_ints: Sequence[int] | None = None,
) -> Array:
    """Return the one attribute that is given (Constant-25)."""
    if value is not None:
        return value
    reals = value_float if value_floats is None else value_floats
    if reals is not None:
        return np.array(reals, real)
    return np.array(value_int if value_ints is None else value_ints, np.int64)


def constant_of_shape(shape: Array, *, real: np.dtype[Any], value: Array | None = None) -> Array:
    """Return one value all over, by default 0.0 (ConstantOfShape-25)."""
    fill = np.zeros(1, real) if value is None else value
    return np.full(shape, fill, fill.dtype)


def eye_like(
    x: Array, *, real: np.dtype[Any], dtype: np.dtype[Any] | None = None, k: int = 0
) -> Array:
    """Return ones on the k-th diagonal of a matrix as large as x (EyeLike-22)."""
    kind = dtype or (real if x.dtype.kind == "f" else x.dtype)
    rows, columns = x.shape
    y: Array = np.eye(rows, columns, k, dtype=kind)
    return y


def identity(x: Array) -> Array:
    """Return x (Identity-25)."""
    return x


def dropout_by_attribute(x: Array, *, ratio: float = 0.5) -> tuple[Array, Array]:  # noqa: ARG001 - it only trains
    """Return x and what is kept of it: all, in inference (Dropout-10)."""
    return x, np.broadcast_to(True, x.shape)


def dropout(
    x: Array,
    ratio: Array | None = None,  # noqa: ARG001 - it only trains
    training_mode: Array | None = None,
    *,
    seed: int = 0,  # noqa: ARG001 - it only trains
) -> tuple[Array, Array]:
    """Return x and what is kept of it: all, in inference (Dropout-22)."""
    if training_mode is not None and training_mode.any():
        message = "training mode is not supported; export the model in evaluation mode"
        raise ModelError(message)
    return x, np.broadcast_to(True, x.shape)


OPERATORS: dict[str, Versions] = {
    "Cast": {7: cast},
    "CastLike": {15: cast_like},
    "Constant": {7: constant},
    "ConstantOfShape": {9: constant_of_shape},
    "Dropout": {7: dropout_by_attribute, 12: dropout},
    "EyeLike": {9: eye_like},
    "Identity": {7: identity},
}
