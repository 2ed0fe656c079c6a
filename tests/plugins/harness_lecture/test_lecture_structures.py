"""The lecture's parameter counts and depths, exactly, from networks prepared here."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from harness import prepare
from harness.group import static
from harness.suite import ModelSpec
from harness_lecture import comparison, found

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from harness import Manifest
    from harness.catalog import Catalogs
    from harness_lecture.published import Row
    from tests.plugins.harness_lecture.conftest import Make

for package in ("timm", "torch"):
    pytest.importorskip(package)

NO_SCALE = "(Keras's batch norm has no scale, one per channel)"
BIASES = "(Keras's convolutions have biases, one per output channel)"
TERMS = {
    ("VGG16", "timm:vgg16"): [],
    ("InceptionV3", "timm:inception_v3"): [f"23,869,000 stored -17,216 {NO_SCALE} = 23,851,784"],
    ("ResNet50", "keras:resnet50"): [],
    ("ResNet50", "timm:resnet50"): [f"25,610,152 stored +26,560 {BIASES} = 25,636,712"],
    ("Xception", "timm:legacy_xception"): [],
    ("InceptionResNetV2", "timm:inception_resnet_v2"): [
        f"55,904,008 stored -30,272 {NO_SCALE} = 55,873,736"
    ],
    ("ResNeXt50", "timm:resnext50_32x4d"): [],
}
QUICK = "timm:resnext50_32x4d"
SLOW = (pytest.mark.slow, pytest.mark.timeout(600))


@pytest.fixture(
    params=[pytest.param(each, marks=() if each[1] == QUICK else SLOW) for each in TERMS],
    ids=lambda each: each[1],
)
def prepared(
    request: pytest.FixtureRequest, tiny: Catalogs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[str, str, Manifest]]:
    """Return the lecture's name, ours and what is known of a network with drawn weights."""
    row, name = request.param
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path))
    spec = ModelSpec(name=name, weights="random")
    artefact = prepare.model(spec, tmp_path, tiny, oracle="nobody")
    yield row, name, artefact.manifest
    shutil.rmtree(artefact.folder)


def test_parameters_and_depth_are_the_lectures_exactly(
    prepared: tuple[str, str, Manifest], row: Callable[[str], Row], make: Make
) -> None:
    lectures, name, manifest = prepared
    figures = {each.name: each.value for each in static.figures(manifest)}
    [model] = found.models(make(name, figures=figures), comparison.METRICS)
    told = [
        each
        for each in comparison.remarks(row(lectures), model)
        if each.startswith(("parameters", "depth"))
    ]
    assert told == [f"parameters: {each}, the lecture's" for each in TERMS[lectures, name]]
    assert figures["depth_topological"] == (row(lectures).depth or figures["depth_topological"])
