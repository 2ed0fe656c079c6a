"""Planted faults, each of them caught, and located at the node that was spoilt."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from harness import LoadOptions, oracle, prepare, worker
from harness.discovery import discover
from harness.suite import ModelSpec
from harness.testing import contract, first_divergence, sample_batch
from harness.testing.models import written
from tests.plugins.harness_verify.faults import FAULTS
from tests.testing.graphs import network

if TYPE_CHECKING:
    from harness import Artefact, Backend
    from harness.session import Outputs
    from harness.testing import Divergence

pytest.importorskip("onnxruntime")

ROOT = Path(__file__).parent.parent.parent.parent
FILE = Path(__file__).with_name("faults.py")
BACKENDS = discover([FILE]).backends
NETWORK = """
small (float[batch, 3, 16, 16] image) => (float[batch, 10] logits) {{
    stem = Conv <kernel_shape = [3, 3], strides = [2, 2]> (image, first)
    normed = BatchNormalization (stem, scale, shift, mean, variance)
    positive = Relu (normed)
    convolved = Conv <{convolution}> (positive, kernel)
    pooled = AveragePool <kernel_shape = [3, 3], pads = [1, 1, 1, 1], count_include_pad = 1> (
        convolved
    )
    added = Add (pooled, positive)
    activated = Relu (added)
    flat = Flatten (activated)
    logits = Gemm <transB = 1> (flat, dense, bias)
}}
"""
PLAIN = "added = Add (pooled, positive)"
GATED = """
    gate = HardSigmoid <alpha = 0.16666667163372, beta = 0.5> (pooled)
    added = Mul (positive, gate)
"""
CONVOLUTIONS = {
    "depthwise": ("kernel_shape = [3, 3], pads = [1, 1, 1, 1], group = 8", (8, 1, 3, 3)),
    "asymmetric": ("kernel_shape = [1, 7], pads = [0, 3, 0, 3]", (8, 8, 1, 7)),
}
SPOILT = {
    "transposed_weights": "convolved",
    "padding_side": "convolved",
    "count_include_pad": "pooled",
    "no_batch_norm": "normed",
    "fp16_accumulation": "convolved",
    "batch_dependent": "activated",
}
SLOW = (pytest.mark.slow, pytest.mark.timeout(1200))
ARCHITECTURES = ("timm:mobilenetv3_large_100", "timm:inception_v3")


def made(text: str, kind: str, folder: Path) -> Artefact:
    convolution, shape = CONVOLUTIONS[kind]
    rng = np.random.default_rng(0)
    weights = {
        "first": rng.normal(size=(8, 3, 3, 3)),
        "scale": rng.uniform(0.5, 2, 8),
        "shift": rng.normal(size=8),
        "mean": rng.normal(size=8),
        "variance": rng.uniform(5, 20, 8),
        "kernel": rng.normal(size=shape),
        "dense": rng.normal(size=(10, 8 * 7 * 7)),
        "bias": rng.normal(size=10),
    }
    model = network(text.format(convolution=convolution), weights)
    return written(folder, model, size=(16, 16), classes=10)


@pytest.fixture(params=CONVOLUTIONS)
def small(request: pytest.FixtureRequest, tmp_path: Path) -> Artefact:
    """Return a model in which each fault fits a layer."""
    return made(NETWORK, request.param, tmp_path)


@pytest.fixture(scope="module", params=[pytest.param(name, marks=SLOW) for name in ARCHITECTURES])
def architecture(request: pytest.FixtureRequest) -> Artefact:
    pytest.importorskip("timm")
    spec = ModelSpec(name=request.param, weights="random", seed=1)
    return prepare.model(spec, Path(), discover(), oracle="numpy")


def located(backend: Backend, artefact: Artefact) -> Divergence | None:
    allowed = oracle.tolerance("fp32", artefact.manifest)
    batch = sample_batch(artefact, 2)
    return first_divergence(backend, BACKENDS["numpy"], artefact, batch, allowed=allowed, threads=2)


def target(name: str, artefact: Artefact) -> str:
    """Return the tensor that the spoilt node makes, "" where the fault fits no node."""
    import onnx

    node = FAULTS[name].target(onnx.load(artefact.path(FAULTS[name].format)).graph)
    return node.output[0] if node else ""


def test_each_fault_has_its_backend() -> None:
    assert set(FAULTS) == set(SPOILT) <= set(BACKENDS.offers)


def test_the_engine_is_right_where_nothing_is_planted(small: Artefact) -> None:
    assert located(BACKENDS["onnxruntime"], small) is None


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_located(small: Artefact, name: str) -> None:
    assert target(name, small) == SPOILT[name]
    found = located(BACKENDS[name], small)
    assert found is not None
    assert found.output == SPOILT[name]
    assert found.before < 1e-5
    assert found.alone, "it is the operator that is wrong, not what stands around it"


def test_the_contract_sees_that_rows_depend_on_each_other(tmp_path: Path) -> None:
    small = made(NETWORK, "depthwise", tmp_path)
    for name in FAULTS:
        grades = {each.name: each.grade for each in contract(BACKENDS[name], small, files=[FILE])}
        expected = "fail" if name == "batch_dependent" else "pass"
        assert grades["batch of one"] == expected, name


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_caught_and_located_in_an_architecture(
    architecture: Artefact, name: str
) -> None:
    spoilt = target(name, architecture)
    if not spoilt:
        assert (architecture.manifest.model, name) == (ARCHITECTURES[0], "count_include_pad")
        pytest.skip("it has no average pool that pads")
    batch = sample_batch(architecture, 2)

    def answer(backend: str, format: str, precision: str) -> Outputs:  # noqa: A002 - the field's own word
        options = LoadOptions(format=format, precision=precision, threads=2)
        return worker.load(BACKENDS[backend], architecture, options).session(batch)

    ours = answer(name, FAULTS[name].format, "fp32")
    truth = answer("numpy", "structure", "fp64")
    allowed = oracle.tolerance("fp32", architecture.manifest)
    assert not oracle.judge(ours, truth, allowed=allowed).right
    found = located(BACKENDS[name], architecture)
    assert found is not None
    assert found.output == spoilt
    assert found.before < 1e-5
    assert found.alone


@pytest.fixture
def opencv(tmp_path: Path) -> Backend:
    """Return the backend that docs/plugins.md shows."""
    pytest.importorskip("cv2")
    page = (ROOT / "docs" / "plugins.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    path = tmp_path / "opencv.py"
    path.write_text(shown)
    return discover([path]).backends["opencv"]


def test_opencv_takes_a_gate_for_hard_swish(opencv: Backend, tmp_path: Path) -> None:
    artefact = made(NETWORK.replace(PLAIN, GATED), "depthwise", tmp_path)
    found = located(opencv, artefact)
    assert found is not None
    assert (found.operator, found.output, found.alone) == ("Mul", "added", False)


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("architecture", ARCHITECTURES[:1], indirect=True)
def test_opencv_takes_squeeze_and_excitation_for_hard_swish(
    opencv: Backend, architecture: Artefact
) -> None:
    import onnx

    found = located(opencv, architecture)
    assert found is not None
    assert (found.operator, found.alone) == ("Mul", False)
    nodes = onnx.load(architecture.path("onnx")).graph.node
    first = next(each for each in nodes if each.op_type == "Mul")
    assert found.output == first.output[0]
    assert found.before < 1e-5
