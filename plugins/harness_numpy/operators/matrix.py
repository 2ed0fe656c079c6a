"""Matrix products."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from harness_numpy.operator import Array, Versions


def gemm(  # noqa: PLR0913 - the operator has this many attributes
    a: Array,
    b: Array,
    c: Array | None = None,
    *,
    alpha: float = 1.0,
    beta: float = 1.0,
    transA: int = 0,  # noqa: N803 - the attribute's name
    transB: int = 0,  # noqa: N803 - the attribute's name
) -> Array:
    """Return alpha A' B' + beta C, where A' is A or its transpose (Gemm-13)."""
    y = (a.T if transA else a) @ (b.T if transB else b)
    if alpha != 1:
        y *= alpha
    return y if c is None else y + (c if beta == 1 else beta * c)


def matmul(a: Array, b: Array) -> Array:
    """Return the product over the last two axes, the others broadcast (MatMul-13)."""
    return a @ b


def einsum(*inputs: Array, equation: str) -> Array:
    """Return the sum of products that Einstein's notation describes (Einsum-12)."""
    return np.asarray(np.einsum(equation, *inputs, optimize=True))


OPERATORS: dict[str, Versions] = {
    "Einsum": {12: einsum},
    "Gemm": {7: gemm},
    "MatMul": {7: matmul},
}
