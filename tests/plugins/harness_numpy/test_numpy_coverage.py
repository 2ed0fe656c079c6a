"""Every operator's own kernels against all cases that ONNX itself publishes for one node."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from harness import prepare
from harness.discovery import discover
from harness.suite import ModelSpec
from harness.testing.cases import CNN_OPERATORS, NodeCase, node_cases
from harness_numpy import fallback
from harness_numpy.graph import Graph, read
from harness_numpy.operators import OPERATORS
from tests.plugins.harness_numpy import networks

if TYPE_CHECKING:
    from numpy.typing import NDArray

REAL: list[np.dtype[Any]] = [np.dtype(np.float32), np.dtype(np.float64)]

FLAT = "windows here slide over two dimensions; the fallback computes it"
TRAINED = "nothing is trained here; the fallback computes it"
RANDOM = "refused: it would answer differently every time"
HALF = "floats are held in the session's precision, and not rounded to 16 bits on the way"
CODED = "a type of quantised weights, not NumPy's own; the fallback computes it"

LISTED: dict[str, dict[str, str]] = {
    "AveragePool": {r"_[13]d_": FLAT},
    "BatchNormalization": {r"_training_mode$": TRAINED},
    "Cast": {r"_(FLOAT|DOUBLE)_to_B?FLOAT16$": HALF, r"_to_(FLOAT[48]|U?INT[24]$)": CODED},
    "CastLike": {r"_(FLOAT|DOUBLE)_to_B?FLOAT16$": HALF, r"_to_(FLOAT[48]|U?INT[24]$)": CODED},
    "Celu": {r"_b?float16$": HALF},
    "ConvTranspose": {r"_[13]d$": FLAT},
    "Dropout": {r"^test_training_": RANDOM},
    "LpPool": {r"_[13]d_": FLAT},
    "MaxPool": {r"_[13]d_": FLAT},
}
"""The cases that our own kernels do not answer, and why not: by operator, as patterns of names."""

ROUNDED = {
    "test_averagepool_2d_ceil_last_window_starts_on_pad": 1e-3,
    "test_gridsample_bicubic": 1e-3,
}
"""Cases whose expected values were written down with few digits."""


ROUNDING = {
    "AffineGrid", "Erf", "Gelu", "GridSample", "GroupNormalization", "HardSigmoid", "HardSwish",
    "LeakyRelu", "MeanVarianceNormalization", "Resize", "Scatter",
}  # fmt: skip
"""Operators that onnx.reference computes in float32 in part, whatever it is given, or lacks."""


def test_the_operators_of_networks_are_those_that_have_kernels() -> None:
    unpublished = {"GlobalLpPool"}  # ONNX has no case of it
    quantised = {"DequantizeLinear", "QuantizeLinear"}  # most cases are of types NumPy lacks
    assert {*CNN_OPERATORS} == {*OPERATORS} - unpublished - quantised
    assert list(CNN_OPERATORS) == sorted(CNN_OPERATORS)


def test_every_form_since_opset_7_has_a_kernel() -> None:
    from onnx import defs

    first: dict[str, int] = {}
    for schema in defs.get_all_schemas_with_history():
        if not schema.domain:
            first[schema.name] = min(schema.since_version, first.get(schema.name, 99))
    assert {name: min(forms) for name, forms in OPERATORS.items()} == {
        name: max(7, first[name]) for name in OPERATORS
    }


@pytest.mark.parametrize("operator", CNN_OPERATORS)
def test_own_kernels_answer_as_onnx_publishes(
    operator: str, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    chosen = node_cases(operator)
    assert chosen
    listed = LISTED.get(operator, {})
    for pattern in listed:
        assert any(re.search(pattern, case.name) for case in chosen), pattern
    for case in chosen:
        outside = any(re.search(pattern, case.name) for pattern in listed)
        for real in REAL:
            with subtests.test(case.name, precision=real.name):
                complaint = difference(case, real, tmp_path)
                assert bool(complaint) == outside, complaint or "listed, yet right"


@pytest.mark.parametrize("operator", sorted({*CNN_OPERATORS} - ROUNDING))
def test_float64_is_nowhere_rounded(operator: str, tmp_path: Path) -> None:
    real = np.dtype(np.float64)
    for case in node_cases(operator):
        if any(re.search(pattern, case.name) for pattern in LISTED.get(operator, {})):
            continue
        graph = read(saved(case, tmp_path), output=case.model.graph.output[0].name, real=real)
        ours = computed(graph, case)
        (node,) = case.model.graph.node
        opsets = {each.domain: each.version for each in case.model.opset_import}
        names = tuple(node.input)
        values = tensors(graph, case)
        with np.errstate(all="ignore"):
            theirs = fallback.computed(node, opsets, names, real)(
                *(values[name] if name else None for name in names)
            )
        for each, wanted in zip(case.model.graph.output, theirs, strict=True):
            np.testing.assert_allclose(ours[each.name], wanted, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", ["bvlc_alexnet", "densenet121", "inception_v1", "inception_v2",
    "resnet50", "shufflenet", "squeezenet", "vgg19", "zfnet512"])  # fmt: skip
def test_classics_of_2017_need_no_fallback(name: str) -> None:
    from onnx.backend.test import loader

    path = Path(loader.DATA_DIR) / "light" / f"light_{name}.onnx"
    assert read(path, output=None, real=REAL[0]).fallback == {}


@pytest.mark.parametrize("form", ["structure", "onnx"])
def test_an_export_needs_no_fallback(form: str, tmp_path: Path) -> None:
    model = prepare.model(ModelSpec(name="zoo:lenet5"), tmp_path, discover(), oracle="numpy")
    assert read(model.path(form), output=None, real=REAL[0]).fallback == {}


def difference(case: NodeCase, real: np.dtype[Any], folder: Path) -> str:
    """Return what keeps our own kernel from a case's right answer, or ""."""
    graph = read(saved(case, folder), output=case.model.graph.output[0].name, real=real)
    if graph.fallback:
        return "the fallback computes it"
    try:
        outputs = computed(graph, case)
    except Exception as error:  # noqa: BLE001 - on the list a refusal is as good as a difference
        return repr(error)
    for each, wanted in zip(case.model.graph.output, case.outputs, strict=True):
        got = outputs[each.name]
        if not same(got, wanted, real, ROUNDED.get(case.name, 1e-5)):
            return f"{each.name} is {got.dtype} {got}, not {wanted.dtype} {wanted}"
    return ""


def same(got: NDArray[Any], wanted: NDArray[Any], real: np.dtype[Any], tolerance: float) -> bool:
    numbers = wanted.dtype.kind in "iub"
    return (
        got.dtype == (wanted.dtype if numbers else real)
        and got.shape == wanted.shape
        and np.allclose(
            got, wanted.astype(got.dtype), rtol=tolerance, atol=1e-6, equal_nan=not numbers
        )
    )


def saved(case: NodeCase, folder: Path) -> Path:
    """Write a case whose inputs after the first are weights, as a graph has one input here."""
    from onnx import helper

    made = networks.with_weights(case.model, case.inputs)
    if not made.graph.input:
        made.graph.input.append(helper.make_tensor_value_info("unused", 1, [1]))
    return networks.saved(made, folder)


def computed(graph: Graph, case: NodeCase) -> dict[str, NDArray[Any]]:
    """Run the one step of a graph on tensors that it must not write into."""
    (step,) = graph.steps
    values = tensors(graph, case)
    with np.errstate(all="ignore"):
        result = step.compute(
            *(values[name] if name else None for name in step.inputs), **step.attributes
        )
    outputs = result if isinstance(result, tuple) else (result,)
    return dict(zip(step.outputs, outputs, strict=False))


def tensors(graph: Graph, case: NodeCase) -> dict[str, NDArray[Any]]:
    """Return what a step reads, by name, protected."""
    values = dict(graph.weights)
    if case.inputs:
        values[graph.input] = case.inputs[0].astype(graph.dtype)
    for value in values.values():
        value.setflags(write=False)
    return values
