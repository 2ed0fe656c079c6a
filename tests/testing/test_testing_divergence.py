from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

import harness
from harness.discovery import discover
from harness.testing import Divergence, first_divergence, sample_batch
from harness.testing.models import written
from tests.testing.graphs import network

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from onnx import GraphProto

    from harness.session import Outputs

    Spoil = Callable[[GraphProto, Outputs], Outputs]

NUMPY = discover().backends["numpy"]
NETWORK = """
net (float[batch, 3, 6, 6] image) => (float[batch, 10] logits) {
    size = Shape <start = 0, end = 1> (image)
    all = Constant <value_ints = [-1]> ()
    rows = Concat <axis = 0> (size, all)
    c = Conv <pads = [1, 1, 1, 1]> (image, kernel)
    r = Relu (c)
    left = MaxPool <kernel_shape = [2, 2], strides = [2, 2]> (r)
    right = AveragePool <kernel_shape = [2, 2], strides = [2, 2]> (r)
    sum = Add (left, right)
    gate = HardSigmoid (right)
    scaled = Mul (sum, gate)
    joined = Concat <axis = 1> (left, scaled)
    f = Reshape (joined, rows)
    logits = MatMul (f, dense)
}
"""
MADE = ("c", "r", "left", "right", "sum", "gate", "scaled", "joined", "f", "logits")
POSITIONS = dict(zip(MADE, range(3, 13), strict=True))
rng = np.random.default_rng(0)
WEIGHTS = {"kernel": rng.normal(size=(4, 3, 3, 3)), "dense": rng.normal(size=(72, 10))}


@pytest.fixture
def model(tmp_path: Path) -> harness.Artefact:
    return written(tmp_path, network(NETWORK, WEIGHTS), size=(6, 6), classes=10)


def spoilt(spoil: Spoil) -> harness.Backend:
    """Return the reference with another output, which depends on the graph that it was given."""

    def load(artefact: harness.Artefact, options: harness.LoadOptions) -> harness.Loaded:
        import onnx

        graph = onnx.load(artefact.path("onnx")).graph
        loaded = NUMPY.load(artefact, options)
        inner = loaded.session
        return replace(loaded, session=lambda batch: spoil(graph, inner(batch)))

    return replace(NUMPY, name="spoilt", load=load)


def changing(output: str) -> harness.Backend:
    """Return the reference with a tensor that is 1.01 times what it should be."""

    def load(artefact: harness.Artefact, options: harness.LoadOptions) -> harness.Loaded:
        import onnx
        from onnx import helper

        model = onnx.load(artefact.path("onnx"))
        nodes = list(model.graph.node)
        for position, node in enumerate(nodes):
            if output in node.output:
                node.output[0] = "own"
                by = helper.make_node("Constant", [], ["by"], value_float=1.01)
                nodes[position + 1 : position + 1] = [
                    by,
                    helper.make_node("Mul", ["own", "by"], [output]),
                ]
                break
        del model.graph.node[:]
        model.graph.node.extend(nodes)
        onnx.save(model, artefact.folder / "changed.onnx")
        forms = {"onnx": replace(artefact.manifest.forms["onnx"], file="changed.onnx")}
        changed = replace(artefact, manifest=replace(artefact.manifest, forms=forms))
        return NUMPY.load(changed, options)

    return replace(NUMPY, name="changing", load=load)


def found(
    backend: harness.Backend, model: harness.Artefact, count: int = 3, threads: int = 1
) -> Divergence | None:
    batch = sample_batch(model, count)
    return first_divergence(backend, NUMPY, model, batch, allowed=1e-4, threads=threads)


def kinds(graph: GraphProto) -> list[str]:
    return [each.op_type for each in graph.node]


def test_a_right_backend_diverges_nowhere(model: harness.Artefact) -> None:
    assert found(NUMPY, model) is None


@pytest.mark.parametrize("output", MADE)
def test_the_node_that_is_wrong_is_named(model: harness.Artefact, output: str) -> None:
    where = found(changing(output), model)
    assert where is not None
    assert (where.output, where.position, where.nodes) == (output, POSITIONS[output], 12)
    assert where.difference == pytest.approx(0.01, rel=1e-3)
    assert where.before < 1e-5
    assert where.alone is (None if output == "f" else True), "f reads the image's shape as well"


@pytest.mark.parametrize(
    ("spoil", "shown"),
    [
        (lambda answer: answer * 1.5, "off by 0.5"),
        (lambda answer: answer * np.nan, "infinite or misshapen"),
    ],
)
def test_what_is_done_to_any_output_is_no_nodes(
    model: harness.Artefact, spoil: Callable[[Outputs], Outputs], shown: str
) -> None:
    where = found(spoilt(lambda _, answer: spoil(answer)), model)
    assert where is not None
    assert where.position == 0
    said = "no node: the backend changes any output; a graph that only passes its input on is"
    assert str(where) == f"{said} {shown}"


def test_a_graph_without_a_node_may_be_refused(model: harness.Artefact) -> None:
    def spoil(graph: GraphProto, answer: Outputs) -> Outputs:
        if kinds(graph) == ["Identity"]:
            message = "nothing to do"
            raise NotImplementedError(message)
        return answer * 2

    where = found(spoilt(spoil), model)
    assert where is not None
    assert where.position > 0


def test_a_small_difference_is_allowed(model: harness.Artefact) -> None:
    batch = sample_batch(model, 3)
    assert first_divergence(changing("c"), NUMPY, model, batch, allowed=0.1) is None


def test_a_node_may_be_wrong_in_company_alone(model: harness.Artefact) -> None:
    def fused(graph: GraphProto, outputs: Outputs) -> Outputs:
        return outputs * 2 if {"HardSigmoid", "Mul"} <= {*kinds(graph)} else outputs

    where = found(spoilt(fused), model)
    assert where is not None
    assert (where.operator, where.output, where.alone) == ("Mul", "scaled", False)
    assert str(where) == (
        f"Mul node scaled (9 of 12): {where.before:.2g} before, 1 after; right by itself"
    )


def test_where_no_copy_is_wrong_it_is_the_last_node(model: harness.Artefact) -> None:
    def whole(graph: GraphProto, outputs: Outputs) -> Outputs:
        return outputs * 2 if {"Conv", "MatMul"} <= {*kinds(graph)} else outputs

    where = found(spoilt(whole), model)
    assert where is not None
    assert (where.output, where.alone) == ("logits", False)
    assert where.difference == pytest.approx(1)


def refusing(*outputs: str) -> Spoil:
    """Return what refuses copies that end at some tensors, and is wrong from `gate` on."""

    def spoil(graph: GraphProto, answer: Outputs) -> Outputs:
        if graph.output[0].name in outputs:
            message = "not today"
            raise NotImplementedError(message)
        return answer * 2 if "HardSigmoid" in kinds(graph) else answer

    return spoil


def test_a_copy_that_is_refused_is_passed_over(model: harness.Artefact) -> None:
    where = found(spoilt(refusing("gate", "r", "left")), model)
    assert where is not None
    assert (where.output, where.alone) == ("scaled", False)
    assert where.before < 1e-5
    everywhere = found(spoilt(refusing(*MADE[:-1])), model)
    assert everywhere is not None
    assert (everywhere.output, everywhere.before, everywhere.alone) == ("logits", 0.0, False)


def test_a_refused_node_cannot_be_judged_alone(model: harness.Artefact) -> None:
    def spoil(graph: GraphProto, answer: Outputs) -> Outputs:
        if kinds(graph)[-1] == "Mul" and "Slice" in kinds(graph):
            message = "no operator Slice"
            raise NotImplementedError(message)
        return answer * 2 if "Mul" in kinds(graph) else answer

    where = found(spoilt(spoil), model)
    assert where is not None
    assert (where.output, where.alone) == ("scaled", None)


def test_what_the_backend_says_of_the_whole_is_not_caught(model: harness.Artefact) -> None:
    with pytest.raises(NotImplementedError, match="not today"):
        found(spoilt(refusing("logits")), model)


@pytest.mark.parametrize(
    "change", [lambda answer: answer * np.nan, lambda answer: answer[:, :1], lambda _: None]
)
def test_no_number_is_a_difference_as_well(
    model: harness.Artefact, change: Callable[[Outputs], Outputs]
) -> None:
    def spoil(graph: GraphProto, answer: Outputs) -> Outputs:
        if graph.output[0].name == "logits":
            return answer + 1
        return change(answer) if "MaxPool" in kinds(graph) else answer

    where = found(spoilt(spoil), model)
    assert where is not None
    assert (where.output, where.difference) == ("left", None)
    assert str(where).endswith("before, infinite or misshapen after")


def test_a_row_that_depends_on_others_needs_others(model: harness.Artefact) -> None:
    def spoil(graph: GraphProto, answer: Outputs) -> Outputs:
        mixed = answer + answer.mean(axis=0)
        return mixed - answer if "AveragePool" in kinds(graph) else answer

    assert found(spoilt(spoil), model, count=1) is None
    where = found(spoilt(spoil), model, count=2)
    assert where is not None
    assert where.output == "right"


def test_a_fixed_batch_is_kept_to(tmp_path: Path) -> None:
    fixed = network(NETWORK.replace("batch, ", "4, "), WEIGHTS)
    model = written(tmp_path, fixed, size=(6, 6), classes=10)
    form = replace(model.manifest.forms["onnx"], details={"batch": 4})
    manifest = replace(model.manifest, forms={"onnx": form})
    sizes = set()

    def spoil(graph: GraphProto, answer: Outputs) -> Outputs:
        sizes.add(len(answer))
        return answer * 2 if "Relu" in kinds(graph) else answer

    where = found(spoilt(spoil), replace(model, manifest=manifest))
    assert where is not None
    assert (where.output, sizes) == ("r", {4})


def test_a_static_backend_is_told_its_batch(model: harness.Artefact) -> None:
    asked = []

    def load(artefact: harness.Artefact, options: harness.LoadOptions) -> harness.Loaded:
        asked.append((options.batch_size, options.precision, options.threads))
        return changing("sum").load(artefact, options)

    backend = replace(NUMPY, load=load, batching="static")
    where = found(backend, model, threads=2)
    assert where is not None
    assert where.output == "sum"
    assert {*asked} == {(3, "fp32", 2)}


def test_the_first_format_that_is_onnx_is_looked_at(model: harness.Artefact) -> None:
    seen = set()

    def load(artefact: harness.Artefact, options: harness.LoadOptions) -> harness.Loaded:
        seen.add(options.format)
        return NUMPY.load(artefact, options)

    assert found(replace(NUMPY, load=load, formats=("torch", "structure", "onnx")), model) is None
    assert seen == {"structure"}


def test_a_backend_without_onnx_is_refused(model: harness.Artefact) -> None:
    with pytest.raises(harness.UsageError, match="takes torch, the model has onnx, structure"):
        found(replace(NUMPY, name="sealed", formats=("torch",)), model)
