from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from harness_numpy.execution import run
from harness_numpy.graph import read
from tests.plugins.harness_numpy.networks import FP32, FP64, model, node, saved

if TYPE_CHECKING:
    from pathlib import Path

pytest.importorskip("onnxruntime")

X = np.random.default_rng(0).normal(0, 3, (2, 3, 4)).astype(np.float32)
SCALES = {"all": np.float32(0.05), "channels": np.array([0.01, 0.05, 0.2], np.float32)}
ZEROS = {"none": None, "unsigned": np.uint8(120), "signed": np.int8(-7)}


@pytest.mark.parametrize("opset", [13, 17])
@pytest.mark.parametrize("zero", ZEROS.values(), ids=ZEROS)
@pytest.mark.parametrize("scale", SCALES.values(), ids=SCALES)
def test_there_and_back_is_onnxruntimes(
    scale: Any,  # noqa: ANN401 - a number or an array
    zero: Any,  # noqa: ANN401 - a number or nothing
    opset: int,
    tmp_path: Path,
) -> None:
    import onnxruntime

    weights = {"s": scale}
    if zero is not None:
        weights["z"] = np.full(np.shape(scale), zero)
    names = " ".join(weights)
    made = model(
        node("QuantizeLinear", f"x {names}", "q", axis=1),
        node("DequantizeLinear", f"q {names}", "y", axis=1),
        weights={name: np.asarray(value) for name, value in weights.items()},
        shape=X.shape,
        opset=opset,
    )
    made.ir_version = 8
    path = saved(made, tmp_path)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    (expected,) = session.run(None, {"x": X})
    for real in (FP32, FP64):
        graph = read(path, output=None, real=real)
        assert graph.fallback == {}
        np.testing.assert_allclose(run(graph, X), expected, rtol=1e-6)


def test_small_floats_are_for_the_fallback(tmp_path: Path) -> None:
    from onnx import helper

    zero = helper.make_tensor("z", 17, [], [0.0])  # FLOAT8E4M3FN
    made = model(node("QuantizeLinear", "x s z", "q"), weights={"s": np.float32(1)}, outputs="q")
    made.graph.initializer.append(zero)
    made.opset_import[0].version = 19
    assert read(saved(made, tmp_path), output=None, real=FP32).fallback == {"QuantizeLinear": 1}
