"""What an operator is: one function for each version of ONNX in which its meaning changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from harness import ModelError

Array: TypeAlias = NDArray[Any]
Operator: TypeAlias = Callable[..., Array | tuple[Array, ...]]
"""Inputs by position (None where the node leaves one out), attributes by keyword."""
Versions: TypeAlias = dict[int, Operator]
"""By the opset that brought this form in; what is as old as the harness supports stands at 7."""


def lowest(dtype: np.dtype[Any]) -> Any:  # noqa: ANN401 - a number of that type
    """Return what no value of a type is below: the maximum of none."""
    if dtype.kind == "b":
        return False
    return -np.inf if dtype.kind == "f" else np.iinfo(dtype).min


def highest(dtype: np.dtype[Any]) -> Any:  # noqa: ANN401 - a number of that type
    """Return what no value of a type is above: the minimum of none."""
    if dtype.kind == "b":
        return True
    return np.inf if dtype.kind == "f" else np.iinfo(dtype).max


def chosen(attribute: str, value: str, known: Iterable[str]) -> str:
    """Return an attribute's value; raise `ModelError` where it is none of those known."""
    if value not in known:
        message = f"{attribute} is {value!r}; known: {', '.join(known)}"
        raise ModelError(message)
    return value


def cellwise(function: Callable[..., Array]) -> Operator:
    """Return a NumPy function as an operator without attributes."""

    def operator(*inputs: Array) -> Array:
        return function(*inputs)

    return operator
