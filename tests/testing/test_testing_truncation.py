from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import harness
from harness.discovery import discover
from harness.testing import sample_batch, truncation
from harness.testing.models import written
from harness.worker import read_artefact
from tests.testing.graphs import network

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import onnx
    from numpy.typing import NDArray

NETWORK = """
branches (float[batch, 3, 6, 6] image) => (float[batch, 10] logits) {
    size = Shape <start = 0, end = 1> (image)
    all = Constant <value_ints = [-1]> ()
    rows = Concat <axis = 0> (size, all)
    c = Conv <pads = [1, 1, 1, 1]> (image, kernel)
    r = Relu (c)
    left = MaxPool <kernel_shape = [2, 2], strides = [2, 2]> (r)
    right = AveragePool <kernel_shape = [2, 2], strides = [2, 2]> (r)
    unread = Neg (right)
    joined = Concat <axis = 1> (left, right)
    f = Reshape (joined, rows)
    logits = MatMul (f, dense)
}
"""
rng = np.random.default_rng(0)
WEIGHTS = {"kernel": rng.normal(size=(4, 3, 3, 3)), "dense": rng.normal(size=(72, 10))}


@pytest.fixture
def artefact(tmp_path: Path) -> harness.Artefact:
    return written(tmp_path, network(NETWORK, WEIGHTS), size=(6, 6), classes=10)


@pytest.fixture
def run() -> Callable[..., NDArray[Any]]:
    """Return a caller of a copy in ONNX Runtime."""
    import onnx

    onnxruntime = pytest.importorskip("onnxruntime")

    def call(model: onnx.ModelProto, values: NDArray[Any]) -> NDArray[Any]:
        onnx.checker.check_model(model, full_check=True)
        session = onnxruntime.InferenceSession(
            model.SerializeToString(), providers=["CPUExecutionProvider"]
        )
        (source,) = [each.name for each in session.get_inputs()]
        answer: NDArray[Any] = session.run(None, {source: values})[0]
        return answer

    return call


def test_a_graph_can_be_cut_where_images_stand(artefact: harness.Artefact) -> None:
    whole = truncation.read(artefact, "onnx")
    assert (whole.image, whole.output, whole.batch) == ("image", "logits", "batch")
    kinds = [each.op_type for each in whole.steps]
    assert kinds == [
        *("Shape", "Concat", "Conv", "Relu", "MaxPool", "AveragePool", "Concat", "Reshape"),
        "MatMul",
    ]
    assert whole.shapes == {
        "image": (3, 6, 6),
        "c": (4, 6, 6),
        "r": (4, 6, 6),
        "left": (4, 3, 3),
        "right": (4, 3, 3),
        "unread": (4, 3, 3),
        "joined": (8, 3, 3),
        "f": (72,),
        "logits": (10,),
    }


def test_live_is_what_is_still_needed(artefact: harness.Artefact) -> None:
    whole = truncation.read(artefact, "onnx")
    assert [whole.live(count) for count in range(10)] == [
        *([], [], []),
        *(["c"], ["r"], ["r", "left"], ["left", "right"], ["joined"], ["f"], ["logits"]),
    ]


def test_a_copy_holds_what_it_needs_alone(artefact: harness.Artefact) -> None:
    whole = truncation.read(artefact, "onnx")
    part = truncation.cut(whole, ["image"], ["right"]).graph
    assert [each.op_type for each in part.node] == ["Conv", "Relu", "AveragePool"]
    assert [each.name for each in part.initializer] == ["kernel"]
    assert [each.name for each in part.output] == ["right"]


def test_copies_compute_what_the_whole_does(
    artefact: harness.Artefact, run: Callable[..., NDArray[Any]]
) -> None:
    whole, batch = truncation.read(artefact, "onnx"), sample_batch(artefact, 3)
    left, right, f = (
        run(truncation.cut(whole, ["image"], [name]), batch) for name in ("left", "right", "f")
    )
    assert (left.shape, f.shape) == ((3, 4, 3, 3), (3, 72))
    np.testing.assert_array_equal(f.reshape(3, 8, 3, 3), np.concatenate([left, right], axis=1))


def test_several_tensors_are_one_output_or_one_input(
    artefact: harness.Artefact, run: Callable[..., NDArray[Any]]
) -> None:
    whole, batch = truncation.read(artefact, "onnx"), sample_batch(artefact, 3)
    packed = run(truncation.cut(whole, ["image"], ["left", "right"]), batch)
    assert packed.shape == (3, 72)
    part = truncation.cut(whole, ["left", "right"], ["joined"])
    assert "Conv" not in [each.op_type for each in part.graph.node]
    np.testing.assert_array_equal(run(part, packed).reshape(3, 72), packed)


def test_a_part_may_begin_late(
    artefact: harness.Artefact, run: Callable[..., NDArray[Any]]
) -> None:
    whole = truncation.read(artefact, "onnx")
    part = truncation.cut(whole, ["c"], ["r"])
    assert [each.op_type for each in part.graph.node] == ["Relu"]
    values = np.array([-1, 2], np.float32).repeat(144).reshape(2, 4, 6, 6)
    np.testing.assert_array_equal(run(part, values), values.clip(0))


def test_a_copy_is_a_prepared_model(artefact: harness.Artefact, tmp_path: Path) -> None:
    whole, batch = truncation.read(artefact, "onnx"), sample_batch(artefact, 2)
    (tmp_path / "copy").mkdir()
    part = truncation.cut(whole, ["image"], ["left"])
    copy = truncation.write(part, artefact, "onnx", tmp_path / "copy")
    assert {*copy.manifest.forms} == {"onnx"}
    assert (copy.manifest.id, copy.manifest.output) == (artefact.manifest.id, "left")
    backend = discover().backends["numpy"]
    outputs = backend.load(copy, harness.LoadOptions(format="onnx")).session(batch)
    assert outputs.shape == (2, 4, 3, 3)
    assert read_artefact(tmp_path) == artefact


def test_weights_in_other_files_are_read_in(tmp_path: Path, artefact: harness.Artefact) -> None:
    import onnx
    from onnx import numpy_helper

    path = artefact.path("onnx")
    inside = truncation.read(artefact, "onnx")
    model = onnx.load(path)
    model.graph.initializer.append(numpy_helper.from_array(np.array([-1, 72]), "rows"))
    del model.graph.node[:3]  # the shape is a constant now, and stands in the other file too
    onnx.save(model, path, save_as_external_data=True, location="data", size_threshold=0)
    assert (tmp_path / "data").stat().st_size > 72 * 10 * 4
    outside = truncation.read(artefact, "onnx")
    assert outside.shapes == inside.shapes
    for whole in (outside, inside):
        (kernel,) = truncation.cut(whole, ["image"], ["left"]).graph.initializer
        np.testing.assert_array_equal(numpy_helper.to_array(kernel), np.float32(WEIGHTS["kernel"]))


def test_weights_too_large_for_a_file_stand_beside_it(
    artefact: harness.Artefact, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import onnx

    monkeypatch.setattr(truncation, "MOST", 1000)
    whole = truncation.read(artefact, "onnx")
    (tmp_path / "copy").mkdir()
    part = truncation.cut(whole, ["image"], ["logits"])
    expected = {each.name: each.raw_data for each in part.graph.initializer}
    copy = truncation.write(part, artefact, "onnx", tmp_path / "copy")
    assert (tmp_path / "copy" / "weights").stat().st_size >= 72 * 10 * 4
    loaded = onnx.load(copy.path("onnx"))
    assert {each.name: each.raw_data for each in loaded.graph.initializer} == expected


def test_a_graph_within_a_node_reads_tensors_too(tmp_path: Path) -> None:
    text = """
    within (float[batch, 3, 6, 6] image) => (float[batch, 3, 6, 6] y) {
        r = Relu (image)
        n = Neg (image)
        one = ReduceMin <keepdims = 0> (image)
        zero = Constant <value_float = 0.0> ()
        yes = Less (one, zero)
        y = If (yes) <
            then_branch = a () => (float[batch, 3, 6, 6] ya) { ya = Mul (r, scale) },
            else_branch = b () => (float[batch, 3, 6, 6] yb) { yb = Identity (n) }
        >
    }
    """
    model = network(text, {"scale": np.ones(1)})
    artefact = written(tmp_path, model, size=(6, 6), classes=10)
    whole = truncation.read(artefact, "onnx")
    assert [each.op_type for each in whole.steps] == ["Relu", "Neg", "ReduceMin", "Less", "If"]
    part = truncation.cut(whole, ["image"], ["y"]).graph
    assert [each.name for each in part.initializer] == ["scale"]


def test_a_file_may_list_its_weights_as_inputs(artefact: harness.Artefact) -> None:
    import onnx

    path = artefact.path("onnx")
    model = onnx.load(path)
    for each in model.graph.initializer:
        kind = onnx.helper.make_tensor_value_info(each.name, each.data_type, each.dims)
        model.graph.input.insert(0, kind)
    model.ir_version = 3
    onnx.save(model, path)
    whole = truncation.read(artefact, "onnx")
    assert whole.image == "image"
    part = truncation.cut(whole, ["image"], ["left"])
    assert [each.name for each in part.graph.input] == ["image", "kernel"]


def test_a_fixed_batch_stays_fixed(tmp_path: Path) -> None:
    model = network(NETWORK.replace("batch, ", "4, "), WEIGHTS)
    artefact = written(tmp_path, model, size=(6, 6), classes=10)
    whole = truncation.read(artefact, "onnx")
    assert whole.batch == 4
    assert whole.shapes["left"] == (4, 3, 3)
    assert "kernel" not in whole.shapes


def test_an_output_that_is_no_row_an_image_is_said(tmp_path: Path) -> None:
    from onnx import numpy_helper

    text = NETWORK.replace("logits = MatMul (f, dense)", "logits = ReduceMean (f, axes)")
    model = network(text.replace("float[batch, 10] logits", "float logits"), WEIGHTS)
    model.graph.initializer.append(numpy_helper.from_array(np.array([0]), "axes"))
    artefact = written(tmp_path, model, size=(6, 6), classes=10)
    with pytest.raises(harness.ModelError, match="output 'logits' is not known to be a row of"):
        truncation.read(artefact, "onnx")
