"""A node's own kernel, where this backend has one for the form that the node takes."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import numpy as np

from harness_numpy import decoding
from harness_numpy.operators import OPERATORS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from onnx import NodeProto

    from harness_numpy.operator import Array, Operator

WINDOWED = frozenset({"AveragePool", "Conv", "ConvTranspose", "LpPool", "MaxPool"})
"""Operators whose kernels here slide over images: over two dimensions."""


def own(
    node: NodeProto, opset: int, weights: Mapping[str, Array], real: np.dtype[Any]
) -> tuple[Operator, dict[str, Any]] | None:
    """Return the newest kernel not newer than the opset, and its attributes; None without one."""
    versions = OPERATORS.get(node.op_type, {}) if not node.domain else {}
    fitting = [version for version in versions if version <= opset]
    if not fitting:
        return None
    kernel = versions[max(fitting)]
    signature = inspect.signature(kernel)
    implied = {"num_outputs": len(node.output), "real": real}
    attributes = {name: implied[name] for name in signature.parameters if name in implied}
    attributes |= {each.name: decoding.attribute(each, real) for each in node.attribute}
    try:
        signature.bind(*node.input, **attributes)
    except TypeError:
        return None
    return (kernel, attributes) if _has_form(node, attributes, weights) else None


def _has_form(  # noqa: PLR0911 - one a form
    node: NodeProto, attributes: Mapping[str, Any], weights: Mapping[str, Array]
) -> bool:
    """Return whether a node infers, in types of NumPy's own, with windows on images if any."""
    if attributes.get("training_mode"):
        return False
    if any(isinstance(each, np.dtype) and each.isbuiltin != 1 for each in attributes.values()):
        return False
    second = weights.get(node.input[1]) if len(node.input) > 1 else None
    if node.op_type == "QuantizeLinear":
        zero = weights.get(node.input[2]) if len(node.input) > 2 else None  # noqa: PLR2004 - the third
        return zero is None or zero.dtype.kind in "iu"
    if node.op_type == "CastLike":
        return second is None or second.dtype.isbuiltin == 1
    if node.op_type not in WINDOWED:
        return True
    if "kernel_shape" in attributes:
        return len(attributes["kernel_shape"]) == 2  # noqa: PLR2004 - height and width
    return second is None or second.ndim == 4  # noqa: PLR2004 - M, C, height, width
