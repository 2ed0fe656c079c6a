from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import networks  # type: ignore[import-not-found]  # beside this file
import numpy as np
import pytest
from networks import source

from harness import Artefact, ModelError, UnavailableError
from harness_torch import convert

if TYPE_CHECKING:
    from pathlib import Path

    import onnx
    from numpy.typing import NDArray

pytest.importorskip("torch")
safetensors = pytest.importorskip("safetensors.numpy")


def graph(artefact: Artefact, name: str) -> onnx.ModelProto:
    import onnx

    return onnx.load(artefact.path(name))


def operators(artefact: Artefact, name: str) -> Counter[str]:
    return Counter(node.op_type for node in graph(artefact, name).graph.node)


def kept(artefact: Artefact) -> dict[str, NDArray[Any]]:
    name = artefact.manifest.forms["structure"].details["reference"]
    with np.load(artefact.folder / name) as reference:
        return dict(reference)


def test_structure_keeps_batch_norm_and_torchs_names(artefact: Artefact) -> None:
    assert operators(artefact, "structure")["BatchNormalization"] == 1
    names = {each.name for each in graph(artefact, "structure").graph.initializer}
    assert {"0.weight", "1.running_mean", "5.bias"} <= names


def test_model_has_batch_norm_folded_and_no_computation_of_shapes(artefact: Artefact) -> None:
    found = operators(artefact, "onnx")
    assert found["Conv"] == 1
    assert not {"BatchNormalization", "Shape", "Concat"} & set(found)


@pytest.mark.parametrize("name", ["structure", "onnx"])
def test_graphs_agree_with_torch_at_any_batch_size(artefact: Artefact, name: str) -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    reference = kept(artefact)
    session = onnxruntime.InferenceSession(artefact.path(name), providers=["CPUExecutionProvider"])
    batch = np.concatenate([reference["input"]] * 3)[:5]
    expected = np.concatenate([reference["output"]] * 3)[:5]
    (found,) = session.run(["output"], {"input": batch})
    assert np.abs(found - expected).max() <= 1e-5 * np.abs(expected).max()


def test_reference_is_two_different_images_in_the_range_of_encoded_ones(artefact: Artefact) -> None:
    reference = kept(artefact)
    assert reference["input"].shape == (2, 1, 8, 8)
    assert reference["output"].shape == (2, 5)
    assert np.abs(reference["input"]).max() <= 3
    assert not np.array_equal(reference["output"][0], reference["output"][1])


@pytest.mark.parametrize("name", ["structure", "onnx"])
def test_counts_are_torchs(artefact: Artefact, name: str) -> None:
    model = networks.tiny()
    learnable = sum(each.numel() for each in model.parameters())
    details = artefact.manifest.forms[name].details
    assert details["learnable"] == learnable == 36 + 8 + 85
    assert details["stored"] == learnable + 8


def test_counts_stand_in_the_onnx_metadata(artefact: Artefact) -> None:
    for name in ("structure", "onnx"):
        held = {each.key: each.value for each in graph(artefact, name).metadata_props}
        assert (held["learnable"], held["stored"]) == ("129", "137")


def test_no_graph_names_a_folder_of_this_machine(artefact: Artefact) -> None:
    for name in ("structure", "onnx"):
        content = artefact.path(name).read_bytes()
        assert b'File "' not in content
        assert b"networks.py" not in content


def test_random_weights_are_decided_by_the_seed(tmp_path: Path) -> None:
    hashes = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        folder = tmp_path / name
        folder.mkdir()
        hashes.append(convert.to_torch(source(seed=seed), folder).sha256)
    assert hashes[0] == hashes[1] != hashes[2]


def test_arguments_reach_the_builder(tmp_path: Path) -> None:
    form = convert.to_torch(source(arguments={"classes": 7}), tmp_path)
    held = safetensors.load_file(tmp_path / form.file)
    assert (7, 16) in {each.shape for each in held.values()}


def test_pretrained_weights_that_cannot_be_had(tmp_path: Path) -> None:
    expected = (
        r"^the pretrained weights cannot be had: OSError: the hub; "
        r'give weights = PATH or "random"$'
    )
    with pytest.raises(UnavailableError, match=expected):
        convert.to_torch(source(weights="pretrained"), tmp_path)


@pytest.mark.parametrize("builder", ["networks:nothing", "no_such_module:tiny"])
def test_a_builder_that_does_not_exist(tmp_path: Path, builder: str) -> None:
    with pytest.raises(ModelError, match=rf"^builder '{builder}' cannot be imported: "):
        convert.to_torch(source(builder=builder), tmp_path)


def test_unknown_details_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"unknown key 'wieghts'; did you mean 'weights'\?"):
        convert.to_torch(source(wieghts="random"), tmp_path)


def test_damaged_weights_in_the_cache(tmp_path: Path) -> None:
    form = convert.to_torch(source(), tmp_path)
    path = tmp_path / form.file
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(ModelError, match=r"are damaged .*; prepare the model again$"):
        convert.to_structure(form, tmp_path)


def test_a_builder_that_fails(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"^networks:tiny\(size=3\) cannot be built: TypeError: "):
        convert.to_torch(source(arguments={"size": 3}), tmp_path)


@pytest.mark.parametrize(
    ("details", "reason"),
    [
        ({"builder": "networks:pair"}, r"networks:pair\(\) returns a tuple, needed one tensor"),
        (
            {"input_shape": [1, 9, 13]},
            r"networks:tiny\(\) fails on \(4, 1, 9, 13\): RuntimeError: ",
        ),
    ],
)
def test_networks_that_do_not_answer_with_one_tensor(
    tmp_path: Path, details: dict[str, Any], reason: str
) -> None:
    with pytest.raises(ModelError, match=reason):
        convert.to_torch(source(**details), tmp_path)
