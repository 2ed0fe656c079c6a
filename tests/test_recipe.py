from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from harness import Encoding, Geometry, ModelRequest, Published, cache, decode, recipe

if TYPE_CHECKING:
    from pathlib import Path

NETWORK = recipe.Network(
    builder="some.module:network",
    arguments={"depth": 18},
    geometry=Geometry(input_size=(32, 24), crop_pct=0.875),
    encoding=Encoding(mean=(0.5, 0.5, 0.5), std=(0.25, 0.25, 0.25)),
    label_space="imagenet-1k",
    published=Published(top1=70, source="somewhere"),
)


def request(folder: Path, **more: Any) -> ModelRequest:  # noqa: ANN401 - any field of a request
    said: dict[str, Any] = {"name": "net", "weights": "pretrained", "seed": 3, "folder": folder}
    return ModelRequest(**(said | more))


def test_a_form_is_the_recipe_and_its_file_the_same(tmp_path: Path) -> None:
    found = recipe.sourced(request(tmp_path), tmp_path, NETWORK, "identity")
    assert found.form.details == {
        "builder": "some.module:network",
        "arguments": {"depth": 18},
        "input_shape": [3, 32, 24],
        "weights": "pretrained",
        "seed": 3,
        "identity": "identity",
    }
    path = tmp_path / found.form.file
    assert path.read_bytes() == decode.canonical(found.form.details)
    assert found.form.sha256 == cache.file_digest(path)
    assert found.form.node.format == "torch-source"
    assert decode.convert(found.form.details, recipe.Recipe, "recipe").input_shape == (3, 32, 24)


def test_what_the_network_says_stands_where_the_user_says_nothing(tmp_path: Path) -> None:
    found = recipe.sourced(request(tmp_path), tmp_path, NETWORK, "")
    assert (found.geometry, found.encoding) == (NETWORK.geometry, NETWORK.encoding)
    assert (found.label_space, found.activation, found.output) == ("imagenet-1k", "logits", None)


def test_what_the_user_states_goes_before_what_the_network_says(tmp_path: Path) -> None:
    stated: dict[str, Any] = {
        "geometry": Geometry(input_size=(8, 9), mode="L", crop_pct=1.0),
        "encoding": Encoding(mean=(0,), std=(1,)),
        "label_space": "mine",
        "activation": "softmax",
        "output": "logits",
    }
    found = recipe.sourced(request(tmp_path, **stated), tmp_path, NETWORK, "")
    assert {name: getattr(found, name) for name in stated} == stated
    assert found.form.details["input_shape"] == [1, 8, 9]


@pytest.mark.parametrize(
    ("more", "holds"),
    [
        ({}, True),
        ({"geometry": NETWORK.geometry}, True),
        ({"geometry": Geometry(input_size=(64, 64), crop_pct=1.0)}, False),
        ({"encoding": Encoding(mean=(0, 0, 0), std=(1, 1, 1))}, False),
        ({"weights": "random"}, False),
    ],
)
def test_a_published_accuracy_is_that_of_the_weights_as_they_were_measured(
    tmp_path: Path, more: dict[str, Any], *, holds: bool
) -> None:
    found = recipe.sourced(request(tmp_path, **more), tmp_path, NETWORK, "")
    assert found.published == (NETWORK.published if holds else None)


def test_weights_of_a_file_are_copied_beside_the_recipe(tmp_path: Path) -> None:
    given, folder = tmp_path / "mine.pth", tmp_path / "artefact"
    given.write_bytes(b"weights")
    folder.mkdir()
    found = recipe.sourced(request(tmp_path, weights=str(given)), folder, NETWORK, "")
    assert found.weights == "mine.pth"
    assert found.published is None
    assert (folder / found.form.details["weights"]).read_bytes() == b"weights"


def test_pretrained_weights_may_be_a_file_of_the_source(tmp_path: Path) -> None:
    shipped, folder = tmp_path / "shipped.pth", tmp_path / "artefact"
    shipped.write_bytes(b"weights")
    folder.mkdir()
    network = replace(NETWORK, weights=shipped)
    found = recipe.sourced(request(tmp_path), folder, network, "")
    assert found.weights == "pretrained"
    assert found.published == NETWORK.published
    assert (folder / found.form.details["weights"]).read_bytes() == b"weights"
    random = recipe.sourced(request(tmp_path, weights="random"), folder, network, "")
    assert random.form.details["weights"] == "random"
    assert random.weights == "random (seed 3)"


def test_a_fingerprint_is_decided_by_name_weights_and_traits(tmp_path: Path) -> None:
    for name, content in (("a.pth", b"one"), ("b.pth", b"two"), ("c.pth", b"one")):
        (tmp_path / name).write_bytes(content)
    distinct = [
        request(tmp_path),
        request(tmp_path, name="other"),
        request(tmp_path, weights="random"),
        request(tmp_path, weights="random", seed=4),
        request(tmp_path, weights=str(tmp_path / "a.pth")),
        request(tmp_path, weights=str(tmp_path / "b.pth")),
    ]
    found = [recipe.fingerprint(each, "1.0") for each in distinct]
    assert len({*found, recipe.fingerprint(distinct[0], "1.1")}) == len(distinct) + 1
    assert recipe.fingerprint(request(tmp_path, seed=4), "1.0") == found[0]
    same = request(tmp_path, weights=str(tmp_path / "c.pth"))
    assert recipe.fingerprint(same, "1.0") == found[4]
