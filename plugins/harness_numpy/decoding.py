"""What an ONNX file holds, as NumPy values in the session's precision."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from onnx import AttributeProto, TensorProto

    from harness_numpy.operator import Array

DTYPES = frozenset({"to", "dtype", "output_datatype", "output_dtype"})
"""Attributes whose integer stands for a type."""


def array(tensor: TensorProto, real: np.dtype[Any]) -> Array:
    """Return a tensor: its floating point in `real`, all else as it stands."""
    from onnx import numpy_helper

    value = numpy_helper.to_array(tensor)
    return value.astype(real, copy=False) if is_real(tensor.data_type) else value


def dtype(element_type: int, real: np.dtype[Any]) -> np.dtype[Any]:
    """Return the NumPy type: `real` for all floating point, the same as ONNX's for the rest."""
    from onnx import helper

    return (
        real if is_real(element_type) else np.dtype(helper.tensor_dtype_to_np_dtype(element_type))
    )


def is_real(element_type: int) -> bool:
    """Return whether a type is floating point that a network computes in."""
    from onnx import TensorProto

    names = TensorProto.DataType
    return element_type in (names.FLOAT, names.DOUBLE, names.FLOAT16, names.BFLOAT16)


def domain(name: str) -> str:
    """Return a domain's one name: ONNX's own has two."""
    return "" if name == "ai.onnx" else name


def attribute(given: AttributeProto, real: np.dtype[Any]) -> Any:  # noqa: ANN401
    """Return an attribute's value."""
    from onnx import AttributeProto, TensorProto, helper

    if given.name in DTYPES:
        return dtype(given.i, real)
    value = helper.get_attribute_value(given)
    if given.type == AttributeProto.STRING:
        return value.decode()
    return array(value, real) if isinstance(value, TensorProto) else value
