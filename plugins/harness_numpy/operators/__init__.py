"""The operators of ONNX's default domain that this backend knows, one module for each family.

A module gives its own as `OPERATORS`; the number is the opset that brought a form in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness_numpy.operators import (
    activation,
    arithmetic,
    casting,
    convolution,
    indexing,
    logic,
    matrix,
    normalisation,
    ordering,
    pooling,
    quantisation,
    reduction,
    rescaling,
    resizing,
    sampling,
    shape,
    slicing,
    softmax,
    trigonometry,
    unpooling,
)

if TYPE_CHECKING:
    from harness_numpy.operator import Versions

FAMILIES = (
    activation,
    arithmetic,
    casting,
    convolution,
    indexing,
    logic,
    matrix,
    normalisation,
    ordering,
    pooling,
    quantisation,
    reduction,
    rescaling,
    resizing,
    sampling,
    shape,
    slicing,
    softmax,
    trigonometry,
    unpooling,
)

OPERATORS: dict[str, Versions] = {
    name: versions for family in FAMILIES for name, versions in family.OPERATORS.items()
}
