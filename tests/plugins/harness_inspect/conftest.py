"""What these tests share: small graphs, written to a file and explained."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness_inspect import explanation, source

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness_inspect.explanation import Findings


def never() -> object:
    raise AssertionError


@pytest.fixture
def onnx_file(tmp_path: Path) -> Callable[..., Path]:
    """Write a graph given in ONNX's text form; the weights are zeros."""

    def write(body: str, image: str = "float[N,3,32,32] x", **weights: tuple[int, ...]) -> Path:
        import numpy as np
        import onnx
        from onnx import numpy_helper, parser

        head = f'<ir_version: 9, opset_import: ["" : 22]> g ({image}) => (float[N] y)'
        model = parser.parse_model(f"{head} {{ {body} }}")
        model.graph.output[0].type.tensor_type.ClearField("shape")
        model.graph.initializer.extend(
            numpy_helper.from_array(np.zeros(shape, np.float32), name)
            for name, shape in weights.items()
        )
        path = tmp_path / "net.onnx"
        onnx.save(model, path)
        return path

    return write


@pytest.fixture
def explained(onnx_file: Callable[..., Path]) -> Callable[..., Findings]:
    """Explain a graph given in ONNX's text form."""

    def explain(*arguments: str, **weights: tuple[int, ...]) -> Findings:
        path = onnx_file(*arguments, **weights)
        return explanation.explained(
            source.opened(str(path), None, None, never, print)  # type: ignore[arg-type]
        )

    return explain
