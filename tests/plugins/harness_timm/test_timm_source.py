from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

import pytest

from harness import Encoding, Geometry, ModelError, ModelRequest, UsageError, cache, decode
from harness.discovery import discover
from harness_timm import hub, source

if TYPE_CHECKING:
    from pathlib import Path

timm = pytest.importorskip("timm")
torch = pytest.importorskip("torch")


def request(folder: Path, name: str = "resnet18", **more: Any) -> ModelRequest:  # noqa: ANN401 - any field of a request
    said: dict[str, Any] = {"name": name, "weights": "random", "seed": 3, "folder": folder}
    return ModelRequest(**(said | more))


@pytest.mark.parametrize(
    "name",
    [
        "resnet18",
        "vgg16",
        "inception_v3",
        "tf_efficientnet_lite1",
        "resnet50.tv_in1k",
        "convnext_tiny.in12k_ft_in1k_384",
    ],
)
def test_preprocessing_is_that_of_timms_own_evaluation_transform(tmp_path: Path, name: str) -> None:
    found = source.fetch(request(tmp_path, name), tmp_path)
    with torch.device("meta"):
        model = timm.create_model(name)
    settings = timm.data.resolve_data_config(model=model)
    assert (3, *found.geometry.input_size) == settings["input_size"]
    assert found.geometry.crop_pct == settings["crop_pct"]
    assert found.geometry.interpolation == settings["interpolation"]
    assert found.geometry.crop_mode == settings["crop_mode"]
    assert (found.encoding.mean, found.encoding.std) == (settings["mean"], settings["std"])
    assert (found.label_space, found.activation) == ("imagenet-1k", "logits")


def test_form_is_the_recipe_and_its_file_the_same(tmp_path: Path) -> None:
    asked = request(tmp_path)
    found = source.fetch(asked, tmp_path)
    path = tmp_path / found.form.file
    assert found.form.node.format == "torch-source"
    assert found.form.sha256 == cache.file_digest(path)
    assert found.form.details == {
        "builder": "timm:create_model",
        "arguments": {"model_name": "resnet18"},
        "input_shape": [3, 224, 224],
        "weights": "random",
        "seed": 3,
        "identity": source.fingerprint(asked),
    }
    assert path.read_bytes() == decode.canonical(found.form.details)
    assert found.weights == "random (seed 3)"


def test_what_the_suite_states_goes_before_timms_own(tmp_path: Path) -> None:
    stated: dict[str, Any] = {
        "geometry": Geometry(input_size=(288, 256), crop_pct=1.0),
        "encoding": Encoding(mean=(0, 0, 0), std=(1, 1, 1)),
        "label_space": "mine",
    }
    found = source.fetch(request(tmp_path, **stated), tmp_path)
    assert {name: getattr(found, name) for name in stated} == stated
    assert found.form.details["input_shape"] == [3, 288, 256]


def test_other_classes_are_not_imagenets(tmp_path: Path) -> None:
    found = source.fetch(request(tmp_path, "resnet50_clip.openai"), tmp_path)
    assert found.label_space == "timm-1024"


def test_given_weights_are_copied_and_identify_the_model(tmp_path: Path) -> None:
    folder = tmp_path / "artefact"
    folder.mkdir()
    identities = []
    for content in (b"one", b"two", b"one"):
        (tmp_path / "net.pth").write_bytes(content)
        found = source.fetch(request(tmp_path, weights=str(tmp_path / "net.pth")), folder)
        assert (folder / found.form.details["weights"]).read_bytes() == content
        assert found.weights == "net.pth"
        identities.append(found.form.details["identity"])
    assert identities[0] == identities[2] != identities[1]


def test_a_fingerprint_tells_weights_and_names_apart(tmp_path: Path) -> None:
    asked = [
        request(tmp_path),
        request(tmp_path, seed=4),
        request(tmp_path, weights="pretrained"),
        request(tmp_path, "resnet34"),
    ]
    assert len({source.fingerprint(each) for each in asked}) == len(asked)
    pretrained = [request(tmp_path, weights="pretrained", seed=seed) for seed in (1, 2)]
    assert source.fingerprint(pretrained[0]) == source.fingerprint(pretrained[1])


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("resnet81", r"no architecture 'resnet81'; did you mean .*'resnet18'"),
        ("zzzzzz", r"no architecture 'zzzzzz'; none is similar$"),
        ("resnet34.nope", r"Invalid pretrained tag .*known: .*resnet34\.a1_in1k"),
    ],
)
def test_an_unknown_name_says_what_is_near(tmp_path: Path, name: str, hint: str) -> None:
    with pytest.raises(ModelError, match=hint):
        source.fetch(request(tmp_path, name), tmp_path)


def test_timm_is_offered_as_an_open_scheme() -> None:
    offer = discover().model_sources["timm"]
    assert list(offer.models()) == []
    assert offer.fetch is source.fetch


def test_an_unreachable_hub_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        assert hub.reachable(url)
    assert not hub.reachable(url)
    monkeypatch.setenv("HF_HUB_DOWNLOAD_TIMEOUT", "10")
    monkeypatch.setenv("HF_HUB_ETAG_TIMEOUT", "10")
    monkeypatch.setattr(constants, "ENDPOINT", url)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr("urllib.request.getproxies", dict)
    hub.fail_fast()
    assert constants.HF_HUB_OFFLINE is True


@pytest.mark.parametrize(
    ("name", "top1", "top5"),
    [
        ("resnet50", 80.382, 94.598),
        ("resnet50.a1_in1k", 80.382, 94.598),
        ("vgg16", 71.594, 90.398),
        ("resnet50.tv_in1k", 76.156, 92.866),
        ("nasnetalarge", 82.638, 96.066),
    ],
)
def test_an_accuracy_is_that_of_the_weights_that_the_name_means(
    tmp_path: Path, name: str, top1: float, top5: float
) -> None:
    found = source.fetch(request(tmp_path, name, weights="pretrained"), tmp_path).published
    assert found is not None
    assert (found.top1, found.top5) == (top1, top5)
    tagged, _, size = found.source.removeprefix("timm results-imagenet.csv, ").partition(" at ")
    assert tagged.startswith(name)
    assert timm.get_pretrained_cfg(tagged).tag == timm.get_pretrained_cfg(name).tag
    assert size == str(source.network(name).geometry.input_size[0])


@pytest.mark.parametrize("name", ["resnet50.tv2_in1k", "resnet18"])
def test_no_accuracy_stands_for_another_size_or_other_weights(tmp_path: Path, name: str) -> None:
    # tv2_in1k was measured at 224 and trained at 176; resnet18 means a1_in1k.
    asked = request(tmp_path, name, weights="pretrained")
    assert source.fetch(asked, tmp_path).published is None


def test_each_published_accuracy_belongs_to_weights_of_timm() -> None:
    lines = source.PUBLISHED.read_text(encoding="utf-8").splitlines()[1:]
    names = [line.partition(",")[0] for line in lines]
    assert names == sorted(set(names))
    assert set(names) <= set(timm.list_pretrained())


@pytest.mark.parametrize("url", ["", "hub.example", "ftp://hub.example", "https://", "http://a:b"])
def test_a_hub_without_an_address_is_one_line(url: str) -> None:
    with pytest.raises(UsageError, match=f"^HF_ENDPOINT is {url!r}: say https://HOST$"):
        hub.reachable(url)
