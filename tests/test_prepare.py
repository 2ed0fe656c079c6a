from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PIL import Image

from harness import cache, prepare, worker
from harness.discovery import discover
from harness.errors import DataError, HarnessError, ModelError, UnknownNameError
from harness.subset import Images
from harness.suite import DataSpec, ModelSpec
from harness.types import Encoding, Geometry

if TYPE_CHECKING:
    from pathlib import Path

    from harness.catalog import Catalogs


def test_a_model_is_prepared_once(
    tiny: Catalogs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = prepare.model(ModelSpec(name="tiny:net"), tmp_path, tiny, oracle="numpy")
    manifest = first.manifest
    assert set(manifest.forms) == {"onnx", "structure"}
    assert manifest.num_classes == 3
    assert manifest.parameters.stored == 4 * 9 + 3 * 4 + 3
    assert manifest.macs == 8 * 8 * 4 * 9 + 3 * 4
    assert manifest.depth["weighted"] == 2
    for form in manifest.forms.values():
        assert cache.file_digest(first.folder / form.file) == form.sha256

    def never(*_given: object) -> None:
        raise AssertionError

    monkeypatch.setattr(prepare, "_in_child", never)
    assert prepare.model(ModelSpec(name="tiny:net"), tmp_path, tiny, oracle="numpy") == first


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (ModelSpec(name="tiny:nut"), "no tiny model named 'nut'; known: net"),
        (ModelSpec(name="zoo:lenet6"), "no network of the zoo named 'lenet6'"),
        (ModelSpec(name="zoo:lenet5", weights="no.pth"), "weights .*no.pth do not exist"),
        (ModelSpec(name="onnx:no.onnx"), "no.onnx"),
    ],
)
def test_a_model_that_cannot_be_had_says_why_and_leaves_nothing(
    tiny: Catalogs, tmp_path: Path, spec: ModelSpec, message: str
) -> None:
    before = set(cache.root().glob("models/*"))
    with pytest.raises(HarnessError, match=message) as error:
        prepare.model(spec, tmp_path, tiny, oracle="numpy")
    assert "\n" not in str(error.value)
    left = set(cache.root().glob("models/*")) - before
    assert all(path.suffix in {".lock", ".partial"} for path in left)


def test_a_graph_that_cannot_be_analysed_is_named_as_the_user_named_it(
    tiny: Catalogs, tmp_path: Path
) -> None:
    import onnx
    from onnx import helper

    net = prepare.model(ModelSpec(name="tiny:net"), tmp_path, tiny, oracle="numpy")
    model = onnx.load(net.path("onnx"))
    model.graph.node[1].op_type, model.graph.node[1].domain = "Fancy", "com.example"
    model.opset_import.append(helper.make_opsetid("com.example", 1))
    onnx.save(model, tmp_path / "odd.onnx")
    spec = ModelSpec(
        name="onnx:odd.onnx",
        geometry=Geometry(input_size=(8, 8), mode="L", crop_pct=1.0),
        encoding=Encoding(mean=(0.5,), std=(0.5,)),
        label_space="tiny",
        activation="logits",
    )
    with pytest.raises(ModelError, match=r"^onnx:odd\.onnx: the shape of 'r' \(Fancy\)"):
        prepare.model(spec, tmp_path, tiny, oracle="numpy")


def test_an_unknown_scheme_is_told_the_known_ones(tiny: Catalogs, tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match=r"known: .*zoo"):
        prepare.model(ModelSpec(name="hub:net"), tmp_path, tiny, oracle="numpy")


def test_a_damaged_manifest_says_what_to_remove(tiny: Catalogs, tmp_path: Path) -> None:
    artefact = prepare.model(ModelSpec(name="tiny:net", seed=9), tmp_path, tiny, oracle="numpy")
    (artefact.folder / "manifest.json").write_bytes(b'{"schema": 1')
    with pytest.raises(ModelError, match=r"manifest.json: not JSON"):
        worker.read_artefact(artefact.folder)
    (artefact.folder / "manifest.json").unlink()
    with pytest.raises(ModelError, match="remove the folder"):
        worker.read_artefact(artefact.folder)


def test_images_are_chosen_decoded_and_described(tiny: Catalogs) -> None:
    geometry = Geometry(input_size=(8, 8), mode="L", crop_pct=1.0)
    folder, subset = prepare.images(DataSpec(name="tiny", limit=6, seed=3), geometry, tiny)
    images = Images.read(folder)
    assert (subset.count, subset.total, subset.seed) == (6, 24, 3)
    assert images.pixels.shape == (6, 8, 8, 1)
    assert sorted(images.targets.tolist()) == [0, 0, 1, 1, 2, 2]


FOLDERS = """
from dataclasses import replace
import harness, numpy as np

def within(folder):
    classes = tuple((folder / "classes").read_text().split())
    return replace(dataset, label_space="told", classes=classes, within=None)

def opened(split, folder):
    paths = sorted(folder.glob("*.png"))
    return [harness.Sample(id=path.name, image=path, target=0) for path in paths]

dataset = harness.Dataset(
    name="folders", summary="", label_space="", classes=(), splits={"val": None}, open=opened,
    within=within,
)

@harness.hookimpl
def harness_datasets():
    yield dataset
"""


def test_a_folder_tells_its_classes_and_its_bytes_are_its_identity(tmp_path: Path) -> None:
    (tmp_path / "folders.py").write_text(FOLDERS)
    catalogs = discover([tmp_path / "folders.py"])
    geometry = Geometry(input_size=(2, 2), crop_pct=1.0)
    spec = DataSpec(name="folders", path="photos")
    photos = tmp_path / "photos"
    photos.mkdir()
    (photos / "classes").write_text("rose daisy")
    with pytest.raises(DataError, match=r"holds 0 samples of folders's split 'val'; expected some"):
        prepare.images(spec, geometry, catalogs, tmp_path)
    Image.new("RGB", (2, 2), (1, 2, 3)).save(photos / "a.png")
    folder, subset = prepare.images(spec, geometry, catalogs, tmp_path)
    assert (subset.label_space, subset.classes, subset.split) == ("told", 2, "val")
    assert prepare.images(spec, geometry, catalogs, tmp_path) == (folder, subset)
    Image.new("RGB", (2, 2), (4, 5, 6)).save(photos / "a.png")
    other, changed = prepare.images(spec, geometry, catalogs, tmp_path)
    assert changed.sha256 != subset.sha256
    assert Images.read(other).pixels[0, 0, 0].tolist() == [4, 5, 6]


def test_data_that_cannot_be_had_says_why(tiny: Catalogs) -> None:
    geometry = Geometry(input_size=(8, 8), mode="L", crop_pct=1.0)
    with pytest.raises(HarnessError, match="no split of tiny named 'tset'"):
        prepare.images(DataSpec(name="tiny", split="tset"), geometry, tiny)
