"""Every operator against the cases that ONNX itself publishes, and the older forms beside them."""

from __future__ import annotations

import importlib
import re
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from scipy import special

from harness_numpy.execution import run
from harness_numpy.graph import read
from harness_numpy.operators import OPERATORS

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from onnx import ModelProto, TensorProto
    from onnx.backend.test.case.test_case import TestCase

REAL: list[np.dtype[Any]] = [np.dtype(np.float32), np.dtype(np.float64)]

MODULES = {
    "And": "and_",
    "BatchNormalization": "batch_normalization",
    "GreaterOrEqual": "greater_or_equal",
    "InstanceNormalization": "instance_normalization",
    "LessOrEqual": "less_or_equal",
    "Not": "not_",
    "Or": "or_",
    "Range": "rangeop",
}
"""Where ONNX keeps an operator's cases, when the file is not named as the operator is."""

OUTSIDE = {
    r"1d|3d": "images have two spatial dimensions",
    r"training": "nothing is trained here",
    r"empty_set": "a reduction over no cells",
    r"identity_(sequence|opt)": "neither sequences nor optionals are tensors",
    r"PReLU_.*multiparam": "opset 6 matches a slope to channels without broadcasting",
}
"""Cases that are left out, and why. Those in other types than `TYPES` are left out as well."""

TYPES = {"FLOAT", "DOUBLE", "INT64", "INT32", "INT8", "UINT8", "BOOL"}

ONE_OUTPUT = {
    "Dropout": "the mask is for training",
    "LayerNormalization": "mean and deviation are for training",
    "MaxPool": "indices are for unpooling",
}

ROUNDED = {"test_averagepool_2d_ceil_last_window_starts_on_pad": 1e-3}
"""Cases whose expected values were written down with few digits."""


def is_outside(name: str) -> bool:
    return any(re.search(pattern, name) for pattern in OUTSIDE)


def cases(operator: str, monkeypatch: pytest.MonkeyPatch) -> list[TestCase]:
    """Return ONNX's cases of one node, made while the module that holds them is imported."""
    from onnx.backend.test.case import base, node

    def export(cls: type, name: str, bases: tuple[type, ...], members: dict[str, Any]) -> None:
        del name, bases
        for member in members:
            if member.startswith("export") and not is_outside(member):
                getattr(cls, member)()

    # ONNX makes all cases of a module at once; those in three dimensions alone take ten seconds
    monkeypatch.setattr(base._Exporter, "__init__", export)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it overflows on purpose
        importlib.import_module(
            f"onnx.backend.test.case.node.{MODULES.get(operator, operator.lower())}"
        )
    made: list[TestCase] = node._NodeTestCases
    return [case for case in made if is_inside(case, operator)]


def is_inside(case: TestCase, operator: str) -> bool:
    from onnx import TensorProto

    assert case.model is not None
    graph = case.model.graph
    types = {each.type.tensor_type.elem_type for each in (*graph.input, *graph.output)}
    return (
        [node.op_type for node in graph.node] == [operator]
        and not is_outside(case.name)
        and types <= {TensorProto.DataType.Value(name) for name in TYPES}
    )


def answers(
    model: ModelProto, inputs: list[Any], real: np.dtype[Any], folder: Path
) -> list[NDArray[Any]]:
    """Run a model through its file; the inputs after the first become constants of the graph."""
    import onnx

    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    copy.opset_import[0].version = max(7, copy.opset_import[0].version)
    weights = {each.name for each in model.graph.initializer}
    names = [each.name for each in model.graph.input if each.name not in weights]
    if not names:
        copy.graph.input.append(onnx.helper.make_tensor_value_info("unused", 1, [1]))
    for name, value in list(zip(names, inputs, strict=True))[1:]:
        copy.graph.initializer.append(onnx.numpy_helper.from_array(value, name))
    path = folder / "model.onnx"
    onnx.save(copy, path)
    batch: Any = inputs[0] if inputs else np.zeros(1)
    outputs = [each.name for each in model.graph.output]
    if model.graph.node[0].op_type in ONE_OUTPUT:
        outputs = outputs[:1]
    return [run(read(path, output=each, real=real), batch) for each in outputs]


def array(value: TensorProto | NDArray[Any]) -> NDArray[Any]:
    from onnx import TensorProto, numpy_helper

    return numpy_helper.to_array(value) if isinstance(value, TensorProto) else np.asarray(value)


@pytest.mark.parametrize("operator", sorted(OPERATORS))
def test_operators_answer_as_onnx_publishes(
    operator: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    chosen = cases(operator, monkeypatch)
    assert chosen
    for case in chosen:
        assert case.model is not None
        assert case.data_sets is not None
        for inputs, expected in case.data_sets:
            for real in REAL:
                with subtests.test(case.name, precision=real.name):
                    given = answers(case.model, [array(each) for each in inputs], real, tmp_path)
                    for got, wanted in zip(given, expected, strict=False):
                        assert got.dtype == real
                        tolerance = ROUNDED.get(case.name, 1e-5)
                        np.testing.assert_allclose(got, array(wanted), rtol=tolerance, atol=1e-6)


def published() -> list[Path]:
    from onnx.backend.test import loader

    folders = (Path(loader.DATA_DIR) / "pytorch-converted").iterdir()
    return sorted(each for each in folders if not is_outside(each.name))


def test_models_of_2017_answer_as_published(tmp_path: Path, subtests: pytest.Subtests) -> None:
    import onnx

    def tensors(folder: Path, kind: str) -> list[Any]:
        files = sorted((folder / "test_data_set_0").glob(f"{kind}_*.pb"))
        return [onnx.numpy_helper.to_array(onnx.load_tensor(file)) for file in files]

    chosen = published()
    assert chosen
    for folder in chosen:
        with subtests.test(folder.name):
            model = onnx.load(folder / "model.onnx")
            if folder.name != "test_MaxPool2d_stride_padding_dilation":  # opset 10 already
                model = onnx.version_converter.convert_version(model, 7)
            given = answers(model, tensors(folder, "input"), np.dtype(np.float32), tmp_path)
            for got, wanted in zip(given, tensors(folder, "output"), strict=True):
                np.testing.assert_allclose(got, wanted, rtol=1e-4, atol=1e-6)


OLDER = [
    ("Clip", 6, [(2, 3)], {"min": -0.5, "max": 0.25}),
    ("Clip", 6, [(2, 3)], {"max": 0.25}),
    ("Dropout", 10, [(2, 3)], {"ratio": 0.9}),
    ("Pad", 2, [(1, 2, 4, 5)], {"pads": [0, 0, 1, 2, 0, 1, 3, 0], "value": 2.5}),
    ("Pad", 2, [(1, 2, 4, 5)], {"pads": [0, 0, 1, 2, 0, 0, 3, 1], "mode": "reflect"}),
    ("ReduceL2", 13, [(2, 3, 4)], {"axes": [1, -1], "keepdims": 0}),
    ("ReduceMax", 13, [(2, 3, 4)], {"axes": [1]}),
    ("ReduceMean", 13, [(2, 3, 4)], {"axes": [-2, -1], "keepdims": 0}),
    ("ReduceMin", 13, [(2, 3, 4)], {}),
    ("ReduceSum", 11, [(2, 3, 4)], {"axes": [0]}),
    ("Slice", 9, [(5, 6)], {"starts": [1, -4], "ends": [4, 9], "axes": [1, 0]}),
    ("Split", 11, [(2, 6)], {"axis": 1, "split": [1, 5]}),
    ("Split", 11, [(4, 6)], {}),
    ("Squeeze", 11, [(2, 1, 3, 1)], {"axes": [1, 3]}),
    ("Unsqueeze", 11, [(2, 3)], {"axes": [0, 3]}),
]


@pytest.mark.parametrize(("operator", "opset", "shapes", "attributes"), OLDER)
def test_older_forms_answer_as_onnx_reference(
    operator: str,
    opset: int,
    shapes: list[tuple[int, ...]],
    attributes: dict[str, Any],
    tmp_path: Path,
) -> None:
    from onnx import TensorProto, helper
    from onnx.reference import ReferenceEvaluator

    random = np.random.default_rng(0)
    inputs = [random.standard_normal(shape, np.float32) for shape in shapes]
    outputs = ["y", "z"] if operator == "Split" else ["y"]
    graph = helper.make_graph(
        [helper.make_node(operator, ["x"], outputs, **attributes)],
        "older",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shapes[0])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    expected = ReferenceEvaluator(model).run(None, {"x": inputs[0]})
    assert isinstance(expected, list)
    for got, wanted in zip(
        answers(model, inputs, np.dtype(np.float32), tmp_path), expected, strict=True
    ):
        np.testing.assert_allclose(got, wanted, rtol=1e-6)


@pytest.mark.parametrize("operator", ["Softmax", "LogSoftmax"])
def test_softmax_before_opset_13_runs_over_all_later_axes(operator: str, tmp_path: Path) -> None:
    from onnx import TensorProto, helper

    x = np.random.default_rng(0).standard_normal((2, 3, 4))
    graph = helper.make_graph(
        [helper.make_node(operator, ["x"], ["y"], axis=1)],
        "older",
        [helper.make_tensor_value_info("x", TensorProto.DOUBLE, x.shape)],
        [helper.make_tensor_value_info("y", TensorProto.DOUBLE, x.shape)],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 11)])
    (y,) = answers(model, [x], np.dtype(np.float64), tmp_path)
    function = special.softmax if operator == "Softmax" else special.log_softmax
    np.testing.assert_allclose(y, function(x, axis=(1, 2)), rtol=1e-12)
