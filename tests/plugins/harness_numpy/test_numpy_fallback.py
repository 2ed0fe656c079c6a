"""What has no kernel here is computed by onnx.reference, and counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from harness import ModelError
from harness.testing.cases import node_cases
from harness_numpy.execution import run
from harness_numpy.graph import read
from tests.plugins.harness_numpy.networks import FP32, FP64, model, node, saved, with_weights

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray
    from onnx import GraphProto, NodeProto

    from harness_numpy.graph import Graph

THIRD = np.array([1 / 3], np.float32)


def answer(graph: Graph, batch: Any) -> NDArray[Any]:  # noqa: ANN401 - float64 as well
    return run(graph, batch)


def body(*nodes: NodeProto, outputs: str, inputs: str = "", **weights: Any) -> GraphProto:  # noqa: ANN401 - arrays
    from onnx import TensorProto, helper, numpy_helper

    kinds = {"i": TensorProto.INT64, "go": TensorProto.BOOL}
    return helper.make_graph(
        nodes,
        "body",
        [
            helper.make_tensor_value_info(each, kinds.get(each, TensorProto.FLOAT), None)
            for each in inputs.split()
        ],
        [
            helper.make_tensor_value_info(each, kinds.get(each, TensorProto.FLOAT), None)
            for each in outputs.split()
        ],
        [numpy_helper.from_array(value, name) for name, value in weights.items()],
    )


@pytest.mark.parametrize(
    "operator",
    ["Col2Im", "DeformConv", "GRU", "If", "LSTM", "Loop", "MatMulInteger", "QLinearConv",
     "STFT", "Unique"],
)  # fmt: skip
@pytest.mark.parametrize("real", [FP32, FP64])
def test_other_operators_answer_as_onnx_publishes(
    operator: str, real: np.dtype[Any], tmp_path: Path
) -> None:
    chosen = node_cases(operator)
    assert chosen
    for case in chosen:
        made = with_weights(case.model, case.inputs)
        batch = case.inputs[0].copy()
        batch.setflags(write=False)
        for each, wanted in zip(made.graph.output, case.outputs, strict=True):
            graph = read(saved(made, tmp_path), output=each.name, real=real)
            assert graph.fallback[operator] == 1
            np.testing.assert_allclose(answer(graph, batch), wanted, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    ("shape", "weight"), [((2, 4, 9), (6, 4, 3)), ((2, 4, 5, 5, 5), (6, 4, 3, 3, 3))]
)
def test_convolution_of_other_than_images_is_that_of_torch(
    shape: tuple[int, ...], weight: tuple[int, ...], tmp_path: Path
) -> None:
    import torch

    random = np.random.default_rng(0)
    w, x = random.normal(size=weight), random.normal(size=shape)
    made = model(node("Conv", "x w", "y"), weights={"w": w}, shape=shape, dtype=FP64)
    graph = read(saved(made, tmp_path), output=None, real=FP64)
    assert graph.fallback == {"Conv": 1}
    convolve = torch.nn.functional.conv1d if len(shape) == 3 else torch.nn.functional.conv3d
    wanted = convolve(torch.from_numpy(x), torch.from_numpy(w))
    np.testing.assert_allclose(answer(graph, x), wanted.numpy(), rtol=1e-9)


def test_only_what_has_no_kernel_is_counted(tmp_path: Path) -> None:
    made = model(
        node("Relu", "x", "a"),
        node("Det", "a", "b"),
        node("Det", "x", "c"),
        node("Add", "b c", "y"),
    )
    graph = read(saved(made, tmp_path), output=None, real=FP64)
    assert graph.fallback == {"Det": 2}
    x = np.random.default_rng(0).normal(size=(2, 3, 3))
    wanted = np.linalg.det(np.maximum(x, 0)) + np.linalg.det(x)
    np.testing.assert_allclose(answer(graph, x), wanted, rtol=1e-12)


def branching() -> Any:  # noqa: ANN401 - ModelProto has no stub
    """Return a model that adds a third to 2x where x has a positive sum, and else negates it."""
    positive = body(
        node("Constant", "", "third", value_float=float(THIRD[0])),
        node("Cast", "doubled", "rounded", to=1),
        node("Add", "rounded third", "sum"),
        node("Add", "sum w", "p"),
        outputs="p",
        w=THIRD,
    )
    negative = body(node("Neg", "doubled", "n"), outputs="n")
    return model(
        node("Add", "x x", "doubled"),
        node("ReduceSum", "x", "total", keepdims=0),
        node("Greater", "total zero", "is_positive"),
        node("If", "is_positive", "y", then_branch=positive, else_branch=negative),
        weights={"zero": np.zeros((), np.float32)},
        shape=(2,),
    )


def test_a_branch_reads_what_lies_outside_of_it(tmp_path: Path) -> None:
    graph = read(saved(branching(), tmp_path), output=None, real=FP32)
    assert graph.fallback == {"If": 1, "Constant": 1, "Cast": 1, "Add": 2, "Neg": 1}
    np.testing.assert_allclose(answer(graph, np.array([1, 2])), [2 + 2 / 3, 4 + 2 / 3], rtol=1e-6)
    assert answer(graph, np.array([-1, -2])).tolist() == [2, 4]


def test_a_branch_does_not_round_float64(tmp_path: Path) -> None:
    graph = read(saved(branching(), tmp_path), output=None, real=FP64)
    x = np.array([1e9 + 1e-6, 1])
    third = float(THIRD[0])
    np.testing.assert_array_equal(answer(graph, x), 2 * x + third + third)


def test_a_loop_may_carry_a_sequence(tmp_path: Path) -> None:
    from onnx import TensorProto, helper

    def sequence(name: str) -> Any:  # noqa: ANN401 - ValueInfoProto has no stub
        return helper.make_tensor_sequence_value_info(name, TensorProto.FLOAT, None)

    step = body(
        node("Identity", "go", "gone"),
        node("SequenceInsert", "rows x", "more"),
        inputs="i go",
        outputs="go",
    )
    step.input.append(sequence("rows"))
    step.output[0].name = "gone"
    step.output.append(sequence("more"))
    made = model(
        node("SequenceEmpty", "", "none"),
        node("Loop", "three yes none", "all", body=step),
        node("ConcatFromSequence", "all", "y", axis=0),
        weights={"three": np.array(3), "yes": np.array(True)},
        shape=(1, 2),
    )
    graph = read(saved(made, tmp_path), output=None, real=FP32)
    assert graph.fallback["Loop"] == 1
    assert answer(graph, np.array([[1, 2]])).tolist() == [[1, 2]] * 3


def test_a_local_function_is_made_of_our_own_kernels(tmp_path: Path) -> None:
    from onnx import helper

    made = model(node("Twice", "x", "y", domain="ours"), shape=(2,))
    opsets = [helper.make_opsetid("", 18)]
    twice = helper.make_function("ours", "Twice", ["a"], ["b"], [node("Add", "a a", "b")], opsets)
    made.functions.append(twice)
    made.opset_import.append(helper.make_opsetid("ours", 1))
    graph = read(saved(made, tmp_path), output=None, real=FP32)
    assert graph.fallback == {}
    assert [step.kind for step in graph.steps] == ["Add"]
    assert answer(graph, np.array([1, 2])).tolist() == [2, 4]


def test_another_domain_of_onnx_is_known(tmp_path: Path) -> None:
    from onnx import helper

    made = model(node("Binarizer", "x", "y", domain="ai.onnx.ml", threshold=0.5), shape=(2,))
    made.opset_import.append(helper.make_opsetid("ai.onnx.ml", 1))
    graph = read(saved(made, tmp_path), output=None, real=FP64)
    assert graph.fallback == {"Binarizer": 1}
    assert answer(graph, np.array([0.4, 0.6])).tolist() == [0, 1]


def test_the_default_domain_has_two_names(tmp_path: Path) -> None:
    made = model(node("Det", "x", "d", domain="ai.onnx"), node("Neg", "d", "y", domain="ai.onnx"))
    made.opset_import[0].domain = "ai.onnx"
    graph = read(saved(made, tmp_path), output=None, real=FP64)
    assert graph.fallback == {"Det": 1}
    assert answer(graph, np.eye(3) * 2) == pytest.approx(-8)


def test_an_unknown_operator_in_a_branch_is_named(tmp_path: Path) -> None:
    same, unheard = (body(node(each, "x", "z"), outputs="z") for each in ("Identity", "Unheard"))
    made = model(
        node("If", "yes", "y", then_branch=same, else_branch=unheard),
        weights={"yes": np.array(True)},
    )
    with pytest.raises(ModelError, match=r"ai\.onnx\.Unheard of node 'the_unheard' is not among"):
        read(saved(made, tmp_path), output=None, real=FP32)


def test_what_the_reference_lacks_is_said(tmp_path: Path) -> None:
    made = model(node("MaxRoiPool", "x r", "y", pooled_shape=[1, 1]), weights={"r": THIRD})
    with pytest.raises(ModelError, match=r"MaxRoiPool node 'the_maxroipool': onnx\.reference: No"):
        read(saved(made, tmp_path), output=None, real=FP32)


def test_a_failure_of_the_reference_names_the_node(tmp_path: Path) -> None:
    graph = read(saved(model(node("Det", "x", "y")), tmp_path), output=None, real=FP32)
    with pytest.raises(
        ModelError, match=r"^Det node 'the_det': onnx\.reference: .*square"
    ) as raised:
        answer(graph, np.zeros((2, 3)))
    assert "\n" not in str(raised.value)


def test_the_reference_is_imported_only_where_it_is_needed(tmp_path: Path) -> None:
    import subprocess
    import sys

    code = (
        "import sys; from pathlib import Path; import numpy as np;"
        "from harness_numpy.graph import read;"
        "read(Path(sys.argv[1]), output=None, real=np.dtype('f4'));"
        "print('onnx.reference' in sys.modules)"
    )
    found = []
    for operator in ("Neg", "Det"):
        path = saved(model(node(operator, "x", "y")), tmp_path)
        result = subprocess.run(
            [sys.executable, "-c", code, path], capture_output=True, text=True, check=True
        )
        found.append(result.stdout.strip())
    assert found == ["False", "True"]
