from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from harness import ModelRequest, UsageError, packages, prepare
from harness.discovery import discover
from harness.suite import ModelSpec
from harness_keras import source

if TYPE_CHECKING:
    from pathlib import Path

torch = pytest.importorskip("torch")


def test_parameters_are_those_that_keras_counts() -> None:
    from harness_keras.resnet50 import ResNet50

    with torch.device("meta"):
        model = ResNet50()
    learnable = sum(each.numel() for each in model.parameters())
    running = sum(each.numel() for each in model.buffers() if each.is_floating_point())
    assert (learnable, learnable + running) == (25_583_592, 25_636_712)


def test_a_stages_stride_is_in_its_first_convolution() -> None:
    from harness_keras.resnet50 import ResNet50

    with torch.device("meta"):
        model = ResNet50()
    strided = [
        name
        for name, each in model.named_modules()
        if isinstance(each, torch.nn.Conv2d) and each.stride == (2, 2)
    ]
    stages = [f"res{stage}a_branch{branch}" for stage in (3, 4, 5) for branch in ("2a", "1")]
    assert strided == ["conv1", *stages]


def test_another_network_is_not_had(tmp_path: Path) -> None:
    asked = ModelRequest(name="vgg16", weights="random", seed=0, folder=tmp_path)
    with pytest.raises(UsageError, match=r"no network of keras named 'vgg16'; known: resnet50"):
        source.fetch(asked, tmp_path)


def test_random_weights_need_no_package(tmp_path: Path) -> None:
    asked = ModelRequest(name="resnet50", weights="random", seed=3, folder=tmp_path)
    found = source.fetch(asked, tmp_path)
    assert (found.weights, found.published) == ("random (seed 3)", None)
    assert found.encoding.channel_order == "bgr"
    assert found.form.details["builder"] == "harness_keras.resnet50:ResNet50"


def test_listing_keras_imports_no_engine() -> None:
    code = "import sys, harness_keras.source; print('torch' in sys.modules)"
    environment = {"PYTHONPATH": ":".join(sys.path)}
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    assert found.stdout.strip() == "False"


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_published_weights_make_a_model(tmp_path: Path) -> None:
    asked = ModelSpec(name="keras:resnet50")
    found = prepare.model(asked, tmp_path, discover(), oracle="numpy").manifest
    assert (found.parameters.learnable, found.parameters.stored) == (25_583_592, 25_636_712)
    assert found.published is not None
    assert found.published.top1 == pytest.approx(74.9)
    assert all(each < 1e-5 for each in found.agreement.values())
    assert packages.cached(source.PACKAGE, source.MEMBERS).is_dir()
