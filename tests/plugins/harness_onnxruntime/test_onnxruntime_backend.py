from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from harness import (
    Artefact,
    Encoding,
    Form,
    Geometry,
    LoadOptions,
    Manifest,
    ModelError,
    Node,
    Parameters,
    Staged,
    UnavailableError,
    UsageError,
    gpu,
)
from harness_onnxruntime import backend

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

onnxruntime = pytest.importorskip("onnxruntime")
RNG = np.random.default_rng(0)
BATCH = RNG.standard_normal((3, 1, 8, 8), dtype=np.float32)
NO_GPU = pytest.mark.skipif(gpu.has_cuda(), reason="there is a CUDA device")


@pytest.fixture
def artefact(tmp_path: Path) -> Artefact:
    """Return a model with two outputs: logits, and after them their softmax."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    kernel = RNG.standard_normal((4, 1, 3, 3), dtype=np.float32)
    nodes = [
        helper.make_node("Conv", ["image", "kernel"], ["c"]),
        helper.make_node("Relu", ["c"], ["r"]),
        helper.make_node("GlobalAveragePool", ["r"], ["p"]),
        helper.make_node("Flatten", ["p"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["scores"]),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["batch", 1, 8, 8])],
        [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", 4])
            for name in ("logits", "scores")
        ],
        [numpy_helper.from_array(kernel, "kernel")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, tmp_path / "model.onnx")
    return with_output(tmp_path, None)


def with_output(folder: Path, output: str | None) -> Artefact:
    form = Form(node=Node(format="onnx"), file="model.onnx", sha256="", size=0)
    manifest = Manifest(
        schema=1,
        model="test:tiny",
        weights="random",
        id="tiny",
        geometry=Geometry(input_size=(8, 8), mode="L", crop_pct=1.0),
        encoding=Encoding(mean=(0.5,), std=(0.5,)),
        activation="logits",
        label_space="test",
        num_classes=4,
        forms={"onnx": form},
        parameters=Parameters(stored=0),
        macs=None,
        depth={},
        agreement={},
        output=output,
    )
    return Artefact(folder=folder, manifest=manifest)


def options(**more: Any) -> LoadOptions:  # noqa: ANN401 - any option
    return LoadOptions(**({"format": "onnx"} | more))


def expected(artefact: Artefact, output: str) -> NDArray[Any]:
    from onnx.reference import ReferenceEvaluator

    evaluator = ReferenceEvaluator(str(artefact.path("onnx")))
    outputs: Any = evaluator.run([output], {"image": BATCH})
    return np.asarray(outputs[0])


@pytest.mark.parametrize(
    ("named", "taken"), [(None, "logits"), ("logits", "logits"), ("scores", "scores")]
)
def test_answers_are_those_of_the_output_asked_for(
    artefact: Artefact, named: str | None, taken: str
) -> None:
    loaded = backend.load(with_output(artefact.folder, named), options())
    np.testing.assert_allclose(loaded.session(BATCH), expected(artefact, taken), rtol=1e-5)
    assert loaded.session(BATCH[:1]).shape == (1, 4)


def test_a_staged_session_gives_the_same(artefact: Artefact) -> None:
    session = backend.opened(artefact.path("onnx"), options(), backend.Settings())
    staged = backend.staged(session, "scores", "cpu")
    assert isinstance(staged, Staged)
    np.testing.assert_allclose(staged(BATCH), expected(artefact, "scores"), rtol=1e-5)
    np.testing.assert_allclose(staged(BATCH[1:]), expected(artefact, "scores")[1:], rtol=1e-5)


@pytest.mark.parametrize("threads", [1, 2])
def test_actual_is_what_the_session_says(artefact: Artefact, threads: int) -> None:
    actual = backend.load(artefact, options(threads=threads)).actual
    assert (actual.device, actual.provider) == ("cpu", "CPUExecutionProvider")
    assert (actual.threads, actual.precision) == (threads, "fp32")
    assert actual.versions == {"onnxruntime": onnxruntime.__version__}


@pytest.mark.parametrize(
    ("settings", "entry"), [({"allow_spinning": False}, "0"), ({"allow_spinning": True}, "1")]
)
def test_spinning_is_as_the_suite_sets_it(
    artefact: Artefact, settings: dict[str, bool], entry: str
) -> None:
    session = backend.opened(artefact.path("onnx"), options(), backend.Settings(**settings))
    key = "session.intra_op.allow_spinning"
    assert session.get_session_options().get_session_config_entry(key) == entry


@pytest.mark.parametrize(
    ("settings", "reason"),
    [({"spinning": True}, "unknown key 'spinning'"), ({"allow_spinning": 3}, "allow_spinning")],
)
def test_settings_that_cannot_be_understood(
    artefact: Artefact, settings: dict[str, Any], reason: str
) -> None:
    with pytest.raises(UsageError, match=f"backend 'onnxruntime': .*{reason}"):
        backend.load(artefact, options(settings=settings))


def test_an_output_that_does_not_exist(artefact: Artefact) -> None:
    with pytest.raises(ModelError, match=r"no output 'probs'; known: logits, scores$"):
        backend.load(with_output(artefact.folder, "probs"), options())


@pytest.mark.parametrize("size", [0, 100, -30])
def test_a_damaged_model_is_told_in_one_line(
    artefact: Artefact, size: int, capfd: pytest.CaptureFixture[str]
) -> None:
    path = artefact.path("onnx")
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(ModelError) as caught:
        backend.load(artefact, options())
    assert str(caught.value).startswith(f"ONNX Runtime {onnxruntime.__version__} cannot load")
    assert "\n" not in str(caught.value)
    assert capfd.readouterr() == ("", "")


def test_nothing_is_printed_when_all_is_well(
    artefact: Artefact, capfd: pytest.CaptureFixture[str]
) -> None:
    backend.load(artefact, options(threads=2)).session(BATCH)
    assert capfd.readouterr() == ("", "")


@NO_GPU
def test_cuda_is_unavailable_here(artefact: Artefact) -> None:
    with pytest.raises(UnavailableError, match=r"^no CUDA device$"):
        backend.load(artefact, options(device="cuda"))


@NO_GPU
def test_a_fallback_to_the_cpu_is_never_silent(
    artefact: Artefact, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(backend, "missing_device", lambda _device: "")
    with pytest.raises(UnavailableError, match="fell back to CPUExecutionProvider"):
        backend.load(artefact, options(device="cuda"))
    assert capfd.readouterr() == ("", "")


def test_the_cpu_build_has_no_cuda(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpu, "has_cuda", lambda: True)
    monkeypatch.setattr(backend, "distribution", lambda: "onnxruntime")
    assert "onnxruntime is the CPU build" in backend.missing_device("cuda")
    monkeypatch.setattr(backend, "distribution", lambda: "onnxruntime-gpu")
    assert backend.missing_device("cuda") == ""
    assert backend.missing_device("cpu") == ""


@pytest.mark.gpu
@pytest.mark.skipif(not gpu.has_cuda(), reason="no CUDA device")
def test_cuda_gives_the_same_in_real_float32(artefact: Artefact) -> None:
    loaded = backend.load(artefact, options(device="cuda"))
    np.testing.assert_allclose(loaded.session(BATCH), expected(artefact, "logits"), rtol=1e-5)
    assert (loaded.actual.device, loaded.actual.provider) == ("cuda", "CUDAExecutionProvider")
