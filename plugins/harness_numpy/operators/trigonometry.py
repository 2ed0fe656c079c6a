"""Circular and hyperbolic functions, which ONNX defines as NumPy does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness_numpy.operator import cellwise

if TYPE_CHECKING:
    from harness_numpy.operator import Versions

OPERATORS: dict[str, Versions] = {
    "Acos": {7: cellwise(np.arccos)},
    "Acosh": {9: cellwise(np.arccosh)},
    "Asin": {7: cellwise(np.arcsin)},
    "Asinh": {9: cellwise(np.arcsinh)},
    "Atan": {7: cellwise(np.arctan)},
    "Atanh": {9: cellwise(np.arctanh)},
    "Cos": {7: cellwise(np.cos)},
    "Cosh": {9: cellwise(np.cosh)},
    "Sin": {7: cellwise(np.sin)},
    "Sinh": {9: cellwise(np.sinh)},
    "Tan": {7: cellwise(np.tan)},
}
