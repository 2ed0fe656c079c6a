from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.discovery import discover
from harness.errors import UnknownNameError
from harness_verify.classics import CLASSICS, MOST, chosen
from tests.tiny import write_model

if TYPE_CHECKING:
    from pathlib import Path

CATALOGS = discover()


def test_all_are_asked_where_none_is_named() -> None:
    found = chosen([], CATALOGS)
    assert [each.name for each in found.seeded] == list(CLASSICS)
    assert {(each.weights, each.seed) for each in found.seeded} == {("random", 1)}
    assert [each.name for each in found.trained] == [
        "zoo:lenet5",
        "efficientnet-lite:lite0",
        "keras:resnet50",
    ]
    data = [each.data and (each.data.name, each.data.limit) for each in found.trained]
    assert data == [("mnist", MOST), ("imagenet-20", MOST), ("imagenet-20", MOST)]


def test_a_name_without_its_scheme_means_all_of_that_name() -> None:
    found = chosen(["resnet50", "timm:vgg16"], CATALOGS)
    assert [each.name for each in found.seeded] == ["timm:vgg16", "timm:resnet50"]
    assert [each.name for each in found.trained] == ["keras:resnet50"]


def test_a_network_of_the_users_gets_drawn_weights() -> None:
    found = chosen(["zoo:lenet5-cifar10"], CATALOGS)
    assert [(each.name, each.weights) for each in found.seeded] == [
        ("zoo:lenet5-cifar10", "random")
    ]
    assert found.trained == ()


def test_a_file_has_its_own_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_model(tmp_path / "mine.onnx")
    (tmp_path / "folder").mkdir()
    (tmp_path / "vgg16").touch()
    monkeypatch.chdir(tmp_path)
    own = ["onnx:mine.onnx", f"onnx:{tmp_path}/mine.onnx"]
    names = [*own, "onnx:nowhere.onnx", "onnx:folder", "timm:vgg16"]
    found = {each.name: each.weights for each in chosen(names, CATALOGS).seeded}
    assert {name for name in names if found[name] == "pretrained"} == {*own}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("vgg61", "no model named 'vgg61'; did you mean 'vgg16'"),
        ("tim:vgg16", "named 'tim'; did you mean 'timm'"),
        ("zoo:lenet6", "named 'lenet6'; did you mean 'lenet5'"),
    ],
)
def test_a_name_that_nobody_has_is_told(name: str, message: str) -> None:
    with pytest.raises(UnknownNameError, match=message):
        chosen([name], CATALOGS)
