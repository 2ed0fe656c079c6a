from __future__ import annotations

import socket
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from harness import Encoding, ModelRequest, UsageError, preprocess
from harness.discovery import discover
from harness_torchvision import hub, source

if TYPE_CHECKING:
    from pathlib import Path

torch = pytest.importorskip("torch")
models = pytest.importorskip("torchvision.models")
SIZES = ((375, 500), (501, 333), (299, 299), (97, 61), (40, 320), (1021, 767))


def request(folder: Path, name: str = "alexnet", **more: Any) -> ModelRequest:  # noqa: ANN401 - any field of a request
    said: dict[str, Any] = {"name": name, "weights": "random", "seed": 3, "folder": folder}
    return ModelRequest(**(said | more))


@pytest.mark.parametrize(
    ("name", "resized", "interpolation"),
    [
        ("alexnet", 256, "bilinear"),
        ("resnet50.IMAGENET1K_V2", 232, "bilinear"),
        ("inception_v3", 342, "bilinear"),
        ("efficientnet_b0", 256, "bicubic"),
    ],
)
def test_images_become_the_bits_that_torchvisions_own_preset_makes(
    name: str, resized: int, interpolation: str
) -> None:
    from PIL import Image

    network = source.network(name)
    assert network.geometry.resize_size == resized
    assert network.geometry.interpolation == interpolation
    architecture, _, tag = name.partition(".")
    preset = models.get_model_weights(architecture)[tag or "DEFAULT"].transforms()
    encode = preprocess.encoder(network.encoding)
    rng = np.random.default_rng(0)
    for height, width in SIZES:
        image = rng.integers(0, 256, (height, width, 3), np.uint8)
        found = encode(preprocess.apply(network.geometry, image)[None])
        expected = preset(Image.fromarray(image)).numpy()[None]
        assert found.dtype == expected.dtype
        assert np.array_equal(found, expected), (height, width)


@pytest.mark.parametrize("name", models.list_models(module=models))
def test_every_classifier_is_known_with_what_its_weights_publish(name: str) -> None:
    network = source.network(name)
    preprocess.check(network.geometry, network.encoding, name)
    assert network.published is not None
    assert network.published.top5 is not None
    assert 50 < network.published.top1 < network.published.top5 < 100


def test_published_accuracy_belongs_to_the_pretrained_weights_alone(tmp_path: Path) -> None:
    import torchvision

    asked = request(tmp_path, "resnet50.IMAGENET1K_V1", weights="pretrained")
    found = source.fetch(asked, tmp_path).published
    assert found is not None
    assert (found.top1, found.top5) == (76.13, 92.862)
    version = torchvision.__version__
    assert found.source == f"torchvision {version} weights ResNet50_Weights.IMAGENET1K_V1"
    assert source.fetch(request(tmp_path), tmp_path).published is None


def test_a_name_without_a_tag_has_the_default_weights(tmp_path: Path) -> None:
    found = source.fetch(request(tmp_path, "resnet50"), tmp_path)
    assert found.form.details["arguments"] == {"name": "resnet50", "weights": "IMAGENET1K_V2"}
    assert found.form.details["input_shape"] == [3, 224, 224]
    assert (found.label_space, found.activation) == ("imagenet-1k", "logits")
    assert found.weights == "random (seed 3)"


def test_what_the_suite_states_goes_before_torchvisions_own(tmp_path: Path) -> None:
    encoding = Encoding(mean=(0, 0, 0), std=(1, 1, 1))
    found = source.fetch(request(tmp_path, encoding=encoding), tmp_path)
    assert found.encoding == encoding


def test_a_fingerprint_tells_names_tags_weights_and_seeds_apart(tmp_path: Path) -> None:
    asked = [
        request(tmp_path),
        request(tmp_path, seed=4),
        request(tmp_path, weights="pretrained"),
        request(tmp_path, "resnet50.IMAGENET1K_V1"),
        request(tmp_path, "resnet50.IMAGENET1K_V2"),
    ]
    assert len({source.fingerprint(each) for each in asked}) == len(asked)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "resnet51",
            r"^no classifier of torchvision named 'resnet51'; did you mean 'resnet50'.*\?$",
        ),
        ("fcn_resnet50", r"^no classifier of torchvision named 'fcn_resnet50'; did you mean .*\?$"),
        (
            "resnet50.IMAGENET1K_V3",
            r"named 'IMAGENET1K_V3'; did you mean 'IMAGENET1K_V2' or 'IMAGENET1K_V1'\?$",
        ),
        ("resnet50.", r"^no weights of torchvision's resnet50 named ''; known: DEFAULT, "),
        (
            "resnet50.best",
            r"torchvision's resnet50 named 'best'; known: DEFAULT, IMAGENET1K_V1, IMAGENET1K_V2$",
        ),
    ],
)
def test_an_unknown_name_says_what_is_near(tmp_path: Path, name: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        source.fetch(request(tmp_path, name), tmp_path)


def test_torchvision_is_offered_as_an_open_scheme(tmp_path: Path) -> None:
    offer = discover().model_sources["torchvision"]
    assert list(offer.models()) == []
    assert (offer.fetch, offer.format) == (source.fetch, "torch-source")
    with pytest.raises(UsageError, match="did you mean 'resnet50'"):
        offer.check(request(tmp_path, "resnet51"))


def test_a_server_that_does_not_answer_is_not_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        code = (
            "from urllib.request import urlopen; from harness_torchvision import hub;"
            "hub.SECONDS = 0.2; hub.fail_fast();"
            f"urlopen('http://127.0.0.1:{server.getsockname()[1]}')"
        )
        found = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            env={"PYTHONPATH": ":".join(sys.path)},
        )
    assert "timed out" in found.stderr
    assert hub.SECONDS <= 10
