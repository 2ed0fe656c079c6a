from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from harness import Encoding, Geometry, ModelError, ModelRequest, Published, UsageError, cache
from harness_onnx import source, structure

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    Sizes = Sequence[int | str]

GEOMETRY = Geometry(input_size=(8, 6), crop_pct=1.0)
ENCODING = Encoding(mean=(0.5, 0.5, 0.5), std=(0.2, 0.2, 0.2))
SIDECAR = """
label_space = "imagenet-1k"
activation = "softmax"
geometry = {input_size = [8, 6], resize_size = 10, interpolation = "bicubic"}
encoding = {mean = [0, 0, 0], std = [1, 1, 1], channel_order = "bgr", scale = 1}
published = {top1 = 70.5, source = "a model card"}
"""


def write(
    path: Path,
    inputs: Sequence[tuple[str, int, Sizes]] = (("image", 1, ("batch", 3, 8, 6)),),
    outputs: Sequence[tuple[str, Sizes]] = (("logits", ("batch", 4)),),
    *,
    external: str | None = None,
) -> Path:
    """Write a model whose outputs are the first input's channel means times a matrix."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    dense = np.random.default_rng(0).standard_normal((3, 4), dtype=np.float32)
    nodes = [
        helper.make_node("Cast", [inputs[0][0]], ["cast"], to=TensorProto.FLOAT),
        helper.make_node("GlobalAveragePool", ["cast"], ["mean"]),
        helper.make_node("Flatten", ["mean"], ["flat"]),
        *(helper.make_node("MatMul", ["flat", "dense"], [name]) for name, _ in outputs),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info(*each) for each in inputs],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, sizes) for name, sizes in outputs],
        [numpy_helper.from_array(dense, "dense")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    if external is None:
        onnx.save(model, path)
    else:
        onnx.save(model, path, save_as_external_data=True, location=external, size_threshold=0)
    return path


def request(folder: Path, **more: Any) -> ModelRequest:  # noqa: ANN401 - any field of a request
    said: dict[str, Any] = {
        "name": "net.onnx",
        "weights": "pretrained",
        "seed": 0,
        "geometry": GEOMETRY,
        "encoding": ENCODING,
        "label_space": "imagenet-1k",
        "activation": "logits",
    }
    return ModelRequest(folder=folder, **(said | more))


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "artefact"
    folder.mkdir()
    return folder


def test_a_file_is_taken_as_it_is(tmp_path: Path, out: Path) -> None:
    path = write(tmp_path / "net.onnx")
    found = source.fetch(request(tmp_path), out)
    assert (out / found.form.file).read_bytes() == path.read_bytes()
    assert (found.form.node.format, found.form.node.batching) == ("onnx", "dynamic")
    assert found.form.sha256 == cache.file_digest(path)
    assert found.form.size == path.stat().st_size
    assert found.form.details == {"num_classes": 4, "files": {}}
    assert (found.output, found.weights, found.published) == ("logits", "pretrained", None)
    assert (found.geometry, found.encoding) == (GEOMETRY, ENCODING)


def test_a_fixed_batch_size_is_recorded(tmp_path: Path, out: Path) -> None:
    write(tmp_path / "net.onnx", [("image", 1, (2, 3, 8, 6))], [("logits", (2, 4))])
    form = source.fetch(request(tmp_path), out).form
    assert form.node.batching == "static"
    assert form.details["batch"] == 2


def test_a_sidecar_says_what_the_suite_does_not(tmp_path: Path, out: Path) -> None:
    write(tmp_path / "net.onnx")
    (tmp_path / "net.onnx.toml").write_text(SIDECAR)
    silent = {"geometry": None, "encoding": None, "label_space": None}
    found = source.fetch(request(tmp_path, **silent), out)
    assert found.geometry == Geometry(input_size=(8, 6), resize_size=10, interpolation="bicubic")
    assert found.encoding == Encoding(mean=(0, 0, 0), std=(1, 1, 1), channel_order="bgr", scale=1)
    assert found.activation == "logits"
    assert found.published == Published(top1=70.5, source="a model card")


def test_a_key_that_a_sidecar_does_not_have(tmp_path: Path, out: Path) -> None:
    write(tmp_path / "net.onnx")
    (tmp_path / "net.onnx.toml").write_text("labelspace = 'imagenet-1k'")
    with pytest.raises(UsageError, match=r"onnx\.toml: unknown key 'labelspace'; .*'label_space'"):
        source.fetch(request(tmp_path), out)


@pytest.mark.parametrize("name", ["geometry", "encoding", "label_space", "activation"])
def test_nothing_is_assumed(tmp_path: Path, out: Path, name: str) -> None:
    write(tmp_path / "net.onnx")
    with pytest.raises(ModelError, match=rf"{name} not stated; .*net\.onnx\.toml.*{name} = "):
        source.fetch(request(tmp_path, **{name: None}), out)


@pytest.mark.parametrize("weights", ["random", "other.pth"])
def test_weights_cannot_be_chosen(tmp_path: Path, out: Path, weights: str) -> None:
    write(tmp_path / "net.onnx")
    with pytest.raises(ModelError, match='weights = "pretrained" is the only choice'):
        source.fetch(request(tmp_path, weights=weights), out)


@pytest.mark.parametrize(
    ("inputs", "reason"),
    [
        ([("image", 1, ("n", 3, 6, 8))], r"is \? x 3 x 6 x 8, .* say \? x 3 x 8 x 6 \(NCHW\)"),
        ([("image", 1, ("n", 3, 8))], r"is \? x 3 x 8, "),
        ([("image", 1, ("n", 8, 6, 3))], r"is \? x 8 x 6 x 3, "),
        ([("image", 11, ("n", 3, 8, 6))], r"is DOUBLE, but encoding.dtype is 'float32'"),
        ([("image", 1, ("n", 3, 8, 6)), ("b", 1, ("n",))], r"found 2: image, b"),
    ],
)
def test_an_input_that_is_not_as_stated(
    tmp_path: Path, out: Path, inputs: Sequence[tuple[str, int, Sizes]], reason: str
) -> None:
    write(tmp_path / "net.onnx", inputs)
    with pytest.raises(ModelError, match=reason):
        source.fetch(request(tmp_path), out)


def test_layout_and_dtype_are_those_of_the_encoding(tmp_path: Path, out: Path) -> None:
    write(tmp_path / "net.onnx", [("image", 2, ("n", 8, 6, 3))])
    encoding = Encoding(mean=(0, 0, 0), std=(1, 1, 1), layout="NHWC", dtype="uint8")
    assert source.fetch(request(tmp_path, encoding=encoding), out).form.details["num_classes"] == 4


def test_a_free_image_size_fits_any_geometry(tmp_path: Path, out: Path) -> None:
    write(tmp_path / "net.onnx", [("image", 1, ("n", 3, "h", "w"))])
    assert source.fetch(request(tmp_path), out).geometry == GEOMETRY


def test_which_of_several_outputs_must_be_said(tmp_path: Path, out: Path) -> None:
    write(tmp_path / "net.onnx", outputs=[("logits", ("n", 4)), ("aux", ("n", 4))])
    with pytest.raises(ModelError, match=r"several outputs; .* one of logits, aux"):
        source.fetch(request(tmp_path), out)
    assert source.fetch(request(tmp_path, output="aux"), out).output == "aux"
    with pytest.raises(ModelError, match="no output named 'logit'; did you mean 'logits'"):
        source.fetch(request(tmp_path, output="logit"), out)


def test_an_answer_may_be_a_map(tmp_path: Path, out: Path) -> None:
    write(tmp_path / "net.onnx", outputs=[("map", ("n", 4, 8, 8))])
    assert source.fetch(request(tmp_path), out).form.details["num_classes"] == 4
    write(tmp_path / "net.onnx", outputs=[("row", ("n", 4, 8))])
    with pytest.raises(ModelError, match=r"'row' is \? x 4 x 8, needed N x classes or N x"):
        source.fetch(request(tmp_path), out)


@pytest.mark.parametrize("content", [b"", b"not a model", None])
def test_what_is_not_onnx(tmp_path: Path, out: Path, content: bytes | None) -> None:
    path = tmp_path / "net.onnx"
    path.write_bytes(write(path).read_bytes()[:-60] if content is None else content)
    with pytest.raises(ModelError, match=r"net\.onnx: (damaged or )?not (valid )?ONNX"):
        source.fetch(request(tmp_path), out)


def test_a_file_that_does_not_exist(tmp_path: Path, out: Path) -> None:
    with pytest.raises(ModelError, match=r"net\.onnx: cannot be read: No such file"):
        source.fetch(request(tmp_path), out)


def test_tensors_in_files_of_its_folder_come_along(tmp_path: Path, out: Path) -> None:
    path = write(tmp_path / "net.onnx", external="net.bin")
    form = source.fetch(request(tmp_path), out).form
    assert (out / "net.bin").read_bytes() == (tmp_path / "net.bin").read_bytes()
    assert form.details["files"] == {"net.bin": cache.file_digest(tmp_path / "net.bin")}
    assert form.size == path.stat().st_size + 48
    import onnx

    onnx.checker.check_model(out / "model.onnx")


@pytest.mark.parametrize("escape", ["parent", "absolute", "link"])
def test_tensors_outside_its_folder_are_refused(tmp_path: Path, out: Path, escape: str) -> None:
    import onnx

    folder = tmp_path / "models"
    folder.mkdir()
    path = write(folder / "net.onnx", external="net.bin")
    secret = tmp_path / "secret.bin"
    shutil.move(folder / "net.bin", secret)
    location = {"parent": "../secret.bin", "absolute": str(secret), "link": "net.bin"}[escape]
    if escape == "link":
        (folder / "net.bin").symlink_to(secret)
    model = onnx.load(path, load_external_data=False)
    model.graph.initializer[0].external_data[0].value = location
    path.write_bytes(model.SerializeToString())
    for refusing in (source.fingerprint, lambda asked: source.fetch(asked, out)):
        with pytest.raises(ModelError, match="outside its folder; refused"):
            refusing(request(folder))
    assert list(out.iterdir()) == []


def test_tensors_that_are_missing(tmp_path: Path, out: Path) -> None:
    write(tmp_path / "net.onnx", external="net.bin")
    (tmp_path / "net.bin").unlink()
    with pytest.raises(ModelError, match=r"in 'net\.bin', which does not exist"):
        source.fetch(request(tmp_path), out)


def test_tensors_that_are_cut_short(tmp_path: Path, out: Path) -> None:
    write(tmp_path / "net.onnx", external="net.bin")
    content = (tmp_path / "net.bin").read_bytes()
    (tmp_path / "net.bin").write_bytes(content[:-1])
    with pytest.raises(ModelError, match=rf"bytes of 'net\.bin', which holds {len(content) - 1}$"):
        source.fetch(request(tmp_path), out)


def test_a_fingerprint_changes_with_every_byte_that_counts(tmp_path: Path) -> None:
    path = write(tmp_path / "net.onnx", external="net.bin")
    found = [source.fingerprint(request(tmp_path))]
    (tmp_path / "net.onnx.toml").write_text(SIDECAR)
    found.append(source.fingerprint(request(tmp_path)))
    (tmp_path / "net.bin").write_bytes(bytes(48))
    found.append(source.fingerprint(request(tmp_path)))
    path.write_bytes(path.read_bytes().replace(b"tiny", b"tinY"))
    found.append(source.fingerprint(request(tmp_path)))
    assert len(set(found)) == 4
    assert source.fingerprint(request(tmp_path)) == found[-1]


@pytest.mark.parametrize("size", ["batch", 2])
def test_the_file_is_its_own_structure(tmp_path: Path, out: Path, size: int | str) -> None:
    write(tmp_path / "net.onnx", [("image", 1, (size, 3, 8, 6))], [("logits", (size, 4))])
    form = source.fetch(request(tmp_path), out).form
    found = structure.to_structure(form, out)
    assert found.node.format == "structure"
    assert found.node.batching == form.node.batching
    assert (found.sha256, found.details) == (form.sha256, form.details)
    assert (out / found.file).read_bytes() == (out / form.file).read_bytes()
