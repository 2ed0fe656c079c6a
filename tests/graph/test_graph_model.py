from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.errors import ModelError
from harness.graph import analyse, longest_path

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.mark.parametrize("read", [analyse, longest_path])
def test_a_missing_file(tmp_path: Path, read: Callable[[Path], object]) -> None:
    with pytest.raises(ModelError, match=r"none\.onnx: cannot be read: No such file"):
        read(tmp_path / "none.onnx")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 a zip", b"<html>not found</html>"])
def test_a_file_of_another_format(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(content)

    with pytest.raises(ModelError, match="not an ONNX model") as error:
        analyse(path)

    assert "\n" not in str(error.value)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_a_file_cut_off(onnx_file: Callable[..., Path], share: float) -> None:
    path = onnx_file("y = Conv(x, w)", w=(4, 3, 3, 3))
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])

    with pytest.raises(ModelError, match="not an ONNX model, or cut off"):
        analyse(path)


def test_nodes_out_of_order(onnx_file: Callable[..., Path]) -> None:
    path = onnx_file("b = Relu(a) a = Relu(x) y = Relu(b)")

    with pytest.raises(ModelError, match="reads 'a', which nothing before it writes"):
        analyse(path)


def test_an_operator_without_known_shapes(onnx_file: Callable[..., Path]) -> None:
    path = onnx_file("c = com.acme.Fused(x) y = Conv(c, w)", domain="com.acme", w=(4, 3, 3, 3))

    with pytest.raises(ModelError, match=r"the shape of 'c' \(Fused\) cannot be inferred"):
        analyse(path)


def test_an_open_size(onnx_file: Callable[..., Path]) -> None:
    path = onnx_file("y = Relu(x)", "float[N,3,H,W] x")

    with pytest.raises(ModelError, match="input 'x' has open axes besides the batch"):
        analyse(path)


def test_no_input(onnx_file: Callable[..., Path]) -> None:
    path = onnx_file("a = Constant<value_floats=[1.0]>() y = Relu(a)", "")

    with pytest.raises(ModelError, match="the graph has no input"):
        analyse(path)


def test_weights_in_another_file_are_not_needed(onnx_file: Callable[..., Path]) -> None:
    import onnx

    path = onnx_file("y = Conv(x, w)", w=(4, 3, 3, 3))
    whole = analyse(path)
    onnx.save(onnx.load(path), path, save_as_external_data=True, location="w.bin", size_threshold=0)
    (path.parent / "w.bin").unlink()

    assert analyse(path) == whole


def test_local_functions_are_seen_through(tmp_path: Path) -> None:
    import onnx
    from onnx import parser

    model = parser.parse_model(
        """<ir_version: 9, opset_import: ["" : 20, "own" : 1]>
           g (float[N,3,8,8] x) => (float[N,3,8,8] y) { y = own.twice(x) }
           <domain: "own", opset_import: ["" : 20]>
           twice (a) => (b) { c = Relu(a) b = Tanh(c) }"""
    )
    path = tmp_path / "model.onnx"
    onnx.save(model, path)

    assert [layer.op for layer in analyse(path).layers] == ["Relu", "Tanh"]
    assert longest_path(path) == 2
