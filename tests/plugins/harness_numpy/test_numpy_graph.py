from __future__ import annotations

import math
import tracemalloc
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from harness import ModelError
from harness_numpy.execution import run
from harness_numpy.graph import read
from tests.plugins.harness_numpy.networks import FP32, FP64, model, node, saved

if TYPE_CHECKING:
    from pathlib import Path

    from onnx import ModelProto, NodeProto


def cnn(seed: int, dtype: np.dtype[Any]) -> ModelProto:
    """Return a net with all that classifiers are made of: branches, a residual, both poolings."""
    random = np.random.default_rng(seed)
    shapes = {
        "w1": (8, 4, 3, 3), "b1": (8,), "s": (8,), "o": (8,), "m": (8,),
        "w2": (8, 2, 3, 3), "w3": (8, 1, 5, 3), "w4": (6, 16, 1, 1), "w5": (5, 6), "b5": (5,),
    }  # fmt: skip
    weights = {name: random.standard_normal(shape, np.float32) for name, shape in shapes.items()}
    weights["v"] = random.uniform(0.5, 2, 8).astype(np.float32)
    return model(
        node("Conv", "x w1 b1", "a", strides=[2, 2], pads=[1, 1, 1, 1]),
        node("BatchNormalization", "a s o m v", "b", epsilon=1e-3),
        node("Relu", "b", "c"),
        node("Conv", "c w2", "d", group=4, pads=[1, 1, 1, 1]),
        node("Add", "c d", "e"),
        node("Conv", "e w3", "f", group=8, pads=[4, 1, 4, 1], dilations=[2, 1]),
        node("Sigmoid", "f", "g"),
        node("Concat", "e g", "h", axis=1),
        node("MaxPool", "h", "i", kernel_shape=[3, 3], strides=[2, 2], pads=[0, 0, 1, 1]),
        node("AveragePool", "i", "j", kernel_shape=[2, 2], pads=[1, 0, 0, 1]),
        node("Conv", "j w4", "k"),
        node("GlobalAveragePool", "k", "l"),
        node("Flatten", "l", "n"),
        node("Gemm", "n w5 b5", "y", transB=1),
        weights={name: value.astype(dtype) for name, value in weights.items()},
        dtype=dtype,
    )


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize(("real", "tolerance"), [(FP32, 2e-5), (FP64, 1e-12)])
def test_a_network_answers_as_onnx_reference(
    seed: int, real: np.dtype[Any], tolerance: float, tmp_path: Path
) -> None:
    from onnx.reference import ReferenceEvaluator

    x = np.random.default_rng(9).standard_normal((3, 4, 9, 9), np.float32)
    expected = ReferenceEvaluator(cnn(seed, FP64)).run(None, {"x": x.astype(FP64)})
    assert isinstance(expected, list)
    y = run(read(saved(cnn(seed, FP32), tmp_path), output=None, real=real), x)
    assert y.dtype == real
    assert np.abs(y - expected[0]).max() / np.abs(expected[0]).max() < tolerance


def test_a_row_does_not_depend_on_its_batch(tmp_path: Path) -> None:
    graph = read(saved(cnn(0, FP32), tmp_path), output=None, real=FP32)
    x = np.random.default_rng(9).standard_normal((7, 4, 9, 9), np.float32)
    rows = np.concatenate([run(graph, row[None]) for row in x])
    together = run(graph, x)
    assert np.abs(rows - together).max() / np.abs(together).max() < 1e-6


def test_float_casts_do_not_round_in_float64(tmp_path: Path) -> None:
    path = saved(model(node("Cast", "x", "y", to=10), shape=(2,), opset=19), tmp_path)  # FLOAT16
    x = np.array([1 / 3, 1e9])
    np.testing.assert_array_equal(run(read(path, output=None, real=FP64), x), x)


def test_integers_stay_integers(tmp_path: Path) -> None:
    path = saved(
        model(
            node("Shape", "x", "n", start=0, end=1),
            node("Add", "n big", "more"),
            node("Sub", "more big", "less"),
            node("Cast", "less", "y", to=1),
            weights={"big": np.array([2**53], np.int64)},
            shape=(3,),
        ),
        tmp_path,
    )
    assert run(read(path, output=None, real=FP32), np.zeros(3, np.float32)) == 3


def test_the_output_asked_for_decides_which_nodes_run(tmp_path: Path) -> None:
    path = saved(
        model(
            node("Relu", "x", "y"), node("Neg", "y", "z"), node("Unheard", "y", "u"), outputs="y z"
        ),
        tmp_path,
    )
    graph = read(path, output="z", real=FP32)
    assert [step.kind for step in graph.steps] == ["Relu", "Neg"]
    assert run(graph, np.ones(2, np.float32)).tolist() == [-1, -1]
    with pytest.raises(ModelError, match="no output 'w'; known: y, z"):
        read(path, output="w", real=FP32)


def test_a_tensor_is_dropped_after_its_last_use(tmp_path: Path) -> None:
    names = ["x", *(f"t{i}" for i in range(20)), "y"]
    chain = [node("Neg", a, b) for a, b in pairwise(names)]  # which overwrites nothing
    graph = read(saved(model(*chain), tmp_path), output=None, real=FP32)
    x = np.ones((256, 1024), np.float32)
    tracemalloc.start()
    run(graph, x)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2.5 * x.nbytes


def test_an_unknown_operator_is_named_with_its_node(tmp_path: Path) -> None:
    path = saved(model(node("Unheard", "x", "y")), tmp_path)
    with pytest.raises(ModelError, match=r"Unheard of node 'the_unheard' .* \d+ that .* knows"):
        read(path, output=None, real=FP32)


def test_an_operator_of_another_domain_is_unknown(tmp_path: Path) -> None:
    made = model(node("Relu", "x", "y", domain="com.example"))
    with pytest.raises(ModelError, match=r"com\.example\.Relu"):
        read(saved(made, tmp_path), output=None, real=FP32)


def test_an_unknown_attribute_is_an_error_on_loading(tmp_path: Path) -> None:
    path = saved(model(node("LeakyRelu", "x", "y", beta=1.0)), tmp_path)
    with pytest.raises(ModelError, match=r"LeakyRelu node 'the_leakyrelu' .*'beta'.*known: alpha"):
        read(path, output=None, real=FP32)


def test_a_file_before_opset_7_is_brought_there(tmp_path: Path) -> None:
    w = np.arange(6, dtype=np.float32)
    made = model(node("Add", "x w", "y", broadcast=1), weights={"w": w}, shape=(3, 6), opset=6)
    made.graph.input.append(made.graph.output[0])  # weights were inputs as well
    made.graph.input[1].name = "w"
    made.graph.input[1].type.tensor_type.shape.dim.add(dim_value=6)
    graph = read(saved(made, tmp_path), output=None, real=FP32)
    assert graph.fallback == {}
    x = np.random.default_rng(0).standard_normal((3, 6), np.float32)
    np.testing.assert_array_equal(run(graph, x), x + w)


def test_a_file_that_cannot_be_brought_to_opset_7_is_refused(tmp_path: Path) -> None:
    made = model(
        node("Add", "x w", "y", broadcast=1), weights={"w": np.ones(5, FP32)}, shape=(3, 6), opset=6
    )
    with pytest.raises(ModelError, match=r"from opset 6 to 7: .*does not match"):
        read(saved(made, tmp_path), output=None, real=FP32)


def test_slopes_of_channels_before_opset_7_are_refused(tmp_path: Path) -> None:
    made = model(node("PRelu", "x w", "y"), weights={"w": np.ones(4, FP32)}, opset=6)
    with pytest.raises(ModelError, match="a slope for each channel in an opset before 7"):
        read(saved(made, tmp_path), output=None, real=FP32)


def test_a_form_newer_than_the_file_is_an_error(tmp_path: Path) -> None:
    path = saved(model(node("Gelu", "x", "y"), opset=13), tmp_path)
    with pytest.raises(ModelError, match="from opset 20 on, the file has 13"):
        read(path, output=None, real=FP32)


def test_an_image_in_three_dimensions_is_an_error_that_names_the_node(tmp_path: Path) -> None:
    path = saved(model(node("MaxPool", "x", "y", kernel_shape=[2, 2])), tmp_path)
    graph = read(path, output=None, real=FP32)
    with pytest.raises(ModelError, match="MaxPool node 'the_maxpool': only two spatial"):
        run(graph, np.zeros((1, 1, 4, 4, 4), np.float32))


def test_a_failing_node_is_named_beside_the_traceback(tmp_path: Path) -> None:
    path = saved(model(node("Add", "x w", "y"), weights={"w": np.zeros(5, FP32)}), tmp_path)
    graph = read(path, output=None, real=FP32)
    with pytest.raises(ValueError, match="broadcast") as raised:
        run(graph, np.zeros(3, np.float32))
    assert raised.value.__notes__ == ["in the Add node 'the_add'"]


def test_an_output_for_training_is_an_error_when_it_is_read(tmp_path: Path) -> None:
    made = model(
        node("BatchNormalization", "x w w w w", "p i"),
        node("Neg", "i", "y"),
        weights={"w": np.ones(1, FP32)},
        opset=9,
    )
    graph = read(saved(made, tmp_path), output=None, real=FP32)
    with pytest.raises(ModelError, match="its output i is not supported"):
        run(graph, np.zeros((1, 1, 4, 4), np.float32))


def test_a_tensor_that_nothing_gives_is_an_error(tmp_path: Path) -> None:
    path = saved(model(node("Add", "x nowhere", "y")), tmp_path)
    with pytest.raises(ModelError, match="Add node 'the_add' reads nowhere"):
        read(path, output=None, real=FP32)


def test_two_inputs_are_an_error(tmp_path: Path) -> None:
    made = model(node("Relu", "x", "y"))
    made.graph.input.append(made.graph.output[0])
    made.graph.input[1].name = "other"
    with pytest.raises(ModelError, match="has one input, this graph has: x, other"):
        read(saved(made, tmp_path), output=None, real=FP32)


@pytest.mark.parametrize("content", ["half", "empty", "text"])
def test_a_broken_file_is_an_error_of_one_line(content: str, tmp_path: Path) -> None:
    path = saved(cnn(0, FP32), tmp_path)
    whole = path.read_bytes()
    path.write_bytes({"half": whole[: len(whole) // 2], "empty": b"", "text": b"not ONNX"}[content])
    with pytest.raises(ModelError) as raised:
        read(path, output=None, real=FP32)
    assert str(path) in str(raised.value)
    assert "\n" not in str(raised.value)


def test_weights_outside_the_models_folder_are_refused(tmp_path: Path) -> None:
    import onnx

    inside = tmp_path / "model"
    inside.mkdir()
    path = inside / "model.onnx"
    made = model(node("Add", "x w", "y"), weights={"w": np.ones(300, np.float32)}, shape=(300,))
    onnx.save(made, path, save_as_external_data=True, location="w.bin", size_threshold=0)
    x = np.ones(300, np.float32)
    assert run(read(path, output=None, real=FP32), x).tolist() == [2.0] * 300
    (inside / "w.bin").rename(tmp_path / "w.bin")
    made = onnx.load(path, load_external_data=False)
    made.graph.initializer[0].external_data[0].value = "../w.bin"
    path.write_bytes(made.SerializeToString())
    with pytest.raises(ModelError, match="cannot be read as ONNX"):
        read(path, output=None, real=FP32)


def test_an_output_that_is_left_out_keeps_no_step_alive(tmp_path: Path) -> None:
    made = model(node("Neg", "x", "y"), helper_without_output())
    graph = read(saved(made, tmp_path), output=None, real=FP32)
    assert [each.kind for each in graph.steps] == ["Neg"]


def helper_without_output() -> NodeProto:
    from onnx import helper

    return helper.make_node("Clip", ["x", "", ""], ["", "unused"])


def test_a_kernel_that_a_node_states_is_known(tmp_path: Path) -> None:
    from onnx import numpy_helper

    kernel = numpy_helper.from_array(np.ones((2, 4, 3), np.float32))
    made = model(node("Constant", "", "w", value=kernel), node("Conv", "x w", "y"), shape=(3, 4, 9))
    graph = read(saved(made, tmp_path), output=None, real=FP32)
    assert graph.fallback == {"Conv": 1}
    y = run(graph, np.ones((3, 4, 9), np.float32))
    np.testing.assert_array_equal(y, np.full((3, 2, 7), 12))


@pytest.mark.parametrize(
    ("shape", "work"), [(("N", 3, 4, 5), 4 * 5 * 6), (("N", 3), 6), (("N", 3, "H", 5), math.inf)]
)
def test_work_is_every_weight_at_every_pixel(
    shape: tuple[int | str, ...], work: float, tmp_path: Path
) -> None:
    weights = {"w": np.ones((2, 3), np.float32)}
    made = model(node("Identity", "x", "y"), weights=weights, shape=shape)
    assert read(saved(made, tmp_path), output=None, real=FP32).work == work


def test_a_weight_that_a_node_states_is_work(tmp_path: Path) -> None:
    from onnx import numpy_helper

    stated = node("Constant", "", "c", value=numpy_helper.from_array(np.ones((2, 3), np.float32)))
    made = model(stated, node("Identity", "x", "y"), weights={"w": np.ones(2, FP32)})
    assert read(saved(made, tmp_path), output=None, real=FP32).work == 9 * 9 * (6 + 2)
