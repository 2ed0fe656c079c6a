from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def onnx_file(tmp_path: Path) -> Callable[..., Path]:
    """Write a graph given in ONNX's text form; the weights come out as random initialisers."""

    def write(
        body: str, image: str = "float[N,3,32,32] x", domain: str = "", **weights: tuple[int, ...]
    ) -> Path:
        import numpy as np
        import onnx
        from onnx import numpy_helper, parser

        rng = np.random.default_rng(0)
        opsets = '"" : 20' + (f', "{domain}" : 1' if domain else "")
        head = f"<ir_version: 9, opset_import: [{opsets}]> g ({image}) => (float[N] y)"
        model = parser.parse_model(f"{head} {{ {body} }}")
        model.graph.output[0].type.tensor_type.ClearField("shape")
        for name, shape in weights.items():
            values = rng.uniform(0.5, 1, shape).astype(np.float32)
            model.graph.initializer.append(numpy_helper.from_array(values, name))
        path = tmp_path / "model.onnx"
        onnx.save(model, path)
        return path

    return write
