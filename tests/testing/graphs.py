"""ONNX graphs written down as text, for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import onnx
    from numpy.typing import NDArray

HEAD = '<ir_version: 8, opset_import: ["" : 18]>'


def network(text: str, weights: dict[str, NDArray[Any]]) -> onnx.ModelProto:
    """Return the model of a graph in ONNX's own notation; the weights become float32."""
    from onnx import numpy_helper, parser

    model = parser.parse_model(HEAD + text)
    model.graph.initializer.extend(
        numpy_helper.from_array(value.astype(np.float32), name) for name, value in weights.items()
    )
    return model
