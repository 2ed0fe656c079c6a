"""Kernels against published models, against ONNX's own evaluator and against other libraries."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from scipy import special

from harness import ModelError
from harness_numpy.execution import run
from harness_numpy.graph import read
from harness_numpy.operators import OPERATORS
from harness_numpy.operators.normalisation import batch_normalisation
from harness_numpy.operators.pooling import global_lp_pool
from tests.plugins.harness_numpy.networks import saved, with_weights

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from onnx import ModelProto

MISTAKEN = "PReLU_.*multiparam"
"""Before opset 7 a slope belongs to a channel; ONNX's converter does not carry that over."""


def answers(
    model: ModelProto, inputs: list[Any], real: np.dtype[Any], folder: Path
) -> list[NDArray[Any]]:
    """Run a model through its file; the inputs after the first become weights."""
    path = saved(with_weights(model, inputs), folder)
    outputs = [each.name for each in model.graph.output]
    return [run(read(path, output=each, real=real), inputs[0]) for each in outputs]


def published() -> list[Path]:
    from onnx.backend.test import loader

    return sorted((Path(loader.DATA_DIR) / "pytorch-converted").iterdir())


def test_models_of_2017_answer_as_published(tmp_path: Path, subtests: pytest.Subtests) -> None:
    import onnx

    def tensors(folder: Path, kind: str) -> list[Any]:
        files = sorted((folder / "test_data_set_0").glob(f"{kind}_*.pb"))
        return [onnx.numpy_helper.to_array(onnx.load_tensor(file)) for file in files]

    chosen = published()
    assert chosen
    for folder in chosen:
        with subtests.test(folder.name):
            model, inputs = onnx.load(folder / "model.onnx"), tensors(folder, "input")
            if re.search(MISTAKEN, folder.name):
                with pytest.raises(ModelError, match="slope for each channel"):
                    answers(model, inputs, np.dtype(np.float32), tmp_path)
                continue
            given = answers(model, inputs, np.dtype(np.float32), tmp_path)
            for got, wanted in zip(given, tensors(folder, "output"), strict=True):
                np.testing.assert_allclose(got, wanted, rtol=1e-4, atol=1e-6)


OLDER = [
    ("Clip", 6, [(2, 3)], {"min": 0.5, "max": 1.25}),
    ("Clip", 6, [(2, 3)], {"max": 1.25}),
    ("Dropout", 10, [(2, 3)], {"ratio": 0.9}),
    ("Pad", 2, [(1, 2, 4, 5)], {"pads": [0, 0, 1, 2, 0, 1, 3, 0], "value": 2.5}),
    ("Pad", 2, [(1, 2, 4, 5)], {"pads": [0, 0, 1, 2, 0, 0, 3, 1], "mode": "reflect"}),
    ("Hardmax", 11, [(2, 3, 4)], {"axis": 2}),
    ("ReduceL1", 13, [(2, 3, 4)], {"axes": [0, 2]}),
    ("ReduceL2", 13, [(2, 3, 4)], {"axes": [1, -1], "keepdims": 0}),
    ("ReduceLogSum", 13, [(2, 3, 4)], {"axes": [1], "keepdims": 0}),
    ("ReduceLogSumExp", 13, [(2, 3, 4)], {"axes": [-1]}),
    ("ReduceMax", 13, [(2, 3, 4)], {"axes": [1]}),
    ("ReduceMean", 13, [(2, 3, 4)], {"axes": [-2, -1], "keepdims": 0}),
    ("ReduceMin", 13, [(2, 3, 4)], {}),
    ("ReduceProd", 13, [(2, 3, 4)], {}),
    ("ReduceSum", 11, [(2, 3, 4)], {"axes": [0]}),
    ("ReduceSumSquare", 13, [(2, 3, 4)], {"axes": [1]}),
    ("Slice", 9, [(5, 6)], {"starts": [1, -4], "ends": [4, 9], "axes": [1, 0]}),
    ("Split", 11, [(2, 6)], {"axis": 1, "split": [1, 5]}),
    ("Split", 11, [(4, 6)], {}),
    ("Squeeze", 11, [(2, 1, 3, 1)], {"axes": [1, 3]}),
    ("TopK", 9, [(3, 7)], {"k": 3, "axis": 1}),
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
    inputs = [random.uniform(0.1, 2, shape).astype(np.float32) for shape in shapes]
    outputs = ["y", "z"] if operator in ("Split", "TopK") else ["y"]
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


def test_group_normalisation_of_opset_18_scales_groups(tmp_path: Path) -> None:
    from onnx import TensorProto, helper

    random = np.random.default_rng(0)
    x, scale, bias = random.normal(size=(2, 6, 3, 3)), random.normal(size=3), random.normal(size=3)
    graph = helper.make_graph(
        [helper.make_node("GroupNormalization", ["x", "s", "b"], ["y"], num_groups=3)],
        "older",
        [helper.make_tensor_value_info(name, TensorProto.DOUBLE, None) for name in "xsb"],
        [helper.make_tensor_value_info("y", TensorProto.DOUBLE, None)],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)])
    (y,) = answers(model, [x, scale, bias], np.dtype(np.float64), tmp_path)
    groups = x.reshape(2, 3, -1)
    wanted = (groups - groups.mean(2, keepdims=True)) / np.sqrt(groups.var(2, keepdims=True) + 1e-5)
    wanted = wanted * scale[:, None] + bias[:, None]
    np.testing.assert_allclose(y, wanted.reshape(x.shape), rtol=1e-9)


@pytest.mark.parametrize("p", [1, 2, 3])
def test_global_lp_pooling_is_a_norm(p: int) -> None:
    x = np.random.default_rng(0).normal(size=(2, 3, 4, 5))
    wanted = np.linalg.norm(x.reshape(2, 3, 20), p, axis=2)
    np.testing.assert_allclose(global_lp_pool(x, p=p)[:, :, 0, 0], wanted, rtol=1e-12)


def test_batch_normalisation_of_opset_7_may_have_means_by_pixel() -> None:
    random = np.random.default_rng(0)
    scale, bias, mean, variance = random.uniform(0.5, 2, (4, 3, 2, 2))
    x = random.normal(size=(4, 3, 2, 2))
    y = batch_normalisation(x, scale, bias, mean, variance, epsilon=0, spatial=0)
    np.testing.assert_allclose(y, (x - mean) / np.sqrt(variance) * scale + bias, rtol=1e-12)


@pytest.mark.parametrize(
    ("operator", "function"),
    [
        ("ReduceL1", np.abs),
        ("ReduceL2", np.abs),
        ("ReduceLogSum", np.log),
        ("ReduceLogSumExp", np.positive),
        ("ReduceMax", np.positive),
        ("ReduceMean", np.positive),
        ("ReduceSum", np.positive),
        ("ReduceSumSquare", np.square),
    ],
)
def test_a_reduction_over_no_axes_reduces_nothing(operator: str, function: np.ufunc) -> None:
    x = np.random.default_rng(0).uniform(0.1, 2, (2, 3))
    reduce = OPERATORS[operator][max(OPERATORS[operator])]
    np.testing.assert_allclose(reduce(x, noop_with_empty_axes=1), function(x), rtol=1e-12)
    np.testing.assert_allclose(
        reduce(x, np.zeros(0, np.int64), noop_with_empty_axes=1), function(x), rtol=1e-12
    )


UNKNOWN = [
    ("Conv", {"auto_pad": "SAME"}, "auto_pad is 'SAME'; known: NOTSET, VALID, SAME_UPPER"),
    ("Resize", {"mode": "bogus"}, "mode is 'bogus'; known: nearest, linear, cubic"),
    ("Resize", {"nearest_mode": "up"}, "nearest_mode is 'up'; known: round_prefer_floor"),
    (
        "Resize",
        {"coordinate_transformation_mode": "half_pixle"},
        "coordinate_transformation_mode is 'half_pixle'; known: half_pixel",
    ),
]


@pytest.mark.parametrize(("operator", "attributes", "message"), UNKNOWN)
def test_a_mode_that_is_not_in_the_specification_is_refused(
    operator: str, attributes: dict[str, Any], message: str
) -> None:
    kernel = OPERATORS[operator][max(OPERATORS[operator])]
    x = np.ones((1, 1, 4, 4), np.float32)
    second = x if operator == "Conv" else None
    scales = [] if operator == "Conv" else [np.array([1, 1, 2, 2], np.float32)]
    with pytest.raises(ModelError, match=re.escape(message)):
        kernel(x, second, *scales, **attributes)


def test_tensorflows_half_pixels_for_nearest_neighbours() -> None:
    x = np.arange(7, dtype=np.float32).reshape(1, 1, 1, 7)
    y = OPERATORS["Resize"][11](
        x,
        scales=np.array([1, 1, 1, 2], np.float32),
        mode="linear",
        coordinate_transformation_mode="tf_half_pixel_for_nn",
    )
    expected = [0.25, 0.75, 1.25, 1.75, 2.25, 2.75, 3.25, 3.75, 4.25, 4.75, 5.25, 5.75, 6, 6]
    np.testing.assert_allclose(np.ravel(y), expected, rtol=1e-6)


def test_activations_take_a_single_number() -> None:
    number = np.float32(0.5)
    assert OPERATORS["HardSigmoid"][7](number) == np.float32(0.6)
    np.testing.assert_allclose(OPERATORS["HardSwish"][14](number), 0.5 * (0.5 / 6 + 0.5))


def test_an_index_beyond_what_was_pooled_is_said() -> None:
    x = np.ones((1, 1, 1, 1), np.float32)
    with pytest.raises(ModelError, match="an index lies outside of the 1 x 1 x 2 x 2"):
        OPERATORS["MaxUnpool"][9](x, np.array([[[[4]]]]), kernel_shape=[2, 2])
