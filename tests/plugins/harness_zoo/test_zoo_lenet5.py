from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from harness import ModelRequest, UsageError, cache
from harness.discovery import discover
from harness_zoo import source, train_lenet5, training
from harness_zoo.lenet5 import lenet5

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

torch = pytest.importorskip("torch")
safetensors = pytest.importorskip("safetensors.torch")
LENET = source.ZOO["lenet5"]


def request(folder: Path, **more: Any) -> ModelRequest:  # noqa: ANN401 - any field of a request
    said: dict[str, Any] = {"name": "lenet5", "weights": "pretrained", "seed": 0, "folder": folder}
    return ModelRequest(**(said | more))


def digits(count: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return images whose class is the column of a bright bar."""
    labels = np.arange(count) % 10
    images = np.random.default_rng(0).integers(0, 60, (count, 28, 28), np.uint8)
    for image, label in zip(images, labels, strict=True):
        image[4:24, 3 + 2 * label : 6 + 2 * label] = 255
    return images, labels


def test_parameters_are_the_papers_with_dense_c3() -> None:
    counts = {
        name: sum(each.numel() for each in layer.parameters())
        for name, layer in lenet5().named_children()
    }
    found = {name: count for name, count in counts.items() if count}
    assert found == {"c1": 156, "c3": 2416, "c5": 48120, "f6": 10164, "output": 850}
    assert sum(found.values()) == 61706


def test_shapes_are_the_papers() -> None:
    value = torch.zeros(2, 1, 32, 32)
    shapes = {}
    for name, layer in lenet5().named_children():
        value = layer(value)
        shapes[name] = tuple(value.shape[1:])
    assert shapes["c1"] == (6, 28, 28)
    assert shapes["s2"] == (6, 14, 14)
    assert shapes["c3"] == (16, 10, 10)
    assert shapes["s4"] == (16, 5, 5)
    assert shapes["output"] == (10,)


def test_training_sees_images_as_the_network_takes_them() -> None:
    images, _ = digits(3)
    found = training.encoded(images, LENET).numpy()
    padded = np.pad(images, ((0, 0), (2, 2), (2, 2)))[:, None]
    right = (padded / 255 - LENET.encoding.mean[0]) / LENET.encoding.std[0]
    np.testing.assert_allclose(found, right, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("name", "data", "shape"),
    [("lenet5", "mnist", [1, 32, 32]), ("lenet5-cifar10", "cifar10", [3, 32, 32])],
)
def test_shipped_weights_fit_and_are_those_of_the_card(
    tmp_path: Path, name: str, data: str, shape: list[int]
) -> None:
    found = source.fetch(request(tmp_path, name=name), tmp_path)
    path = tmp_path / found.form.details["weights"]
    network = lenet5(**found.form.details["arguments"])
    network.load_state_dict(safetensors.load_file(path), strict=True)
    card = (source.WEIGHTS / f"{name}.md").read_text(encoding="utf-8")
    assert cache.file_digest(path) in card
    assert found.weights == "pretrained"
    assert (found.label_space, found.activation) == (data, "logits")
    assert found.form.details["builder"] == "harness_zoo.lenet5:lenet5"
    assert found.form.details["input_shape"] == shape


def test_weights_may_be_random_or_given(tmp_path: Path) -> None:
    folder = tmp_path / "artefact"
    folder.mkdir()
    (tmp_path / "mine.pth").write_bytes(b"weights")
    random = source.fetch(request(tmp_path, weights="random", seed=5), folder)
    given = source.fetch(request(tmp_path, weights=str(tmp_path / "mine.pth")), folder)
    assert (random.weights, random.form.details["weights"]) == ("random (seed 5)", "random")
    assert given.weights == "mine.pth"
    assert (folder / given.form.details["weights"]).read_bytes() == b"weights"
    asked = [
        request(tmp_path, weights=each)
        for each in ("pretrained", "random", str(tmp_path / "mine.pth"))
    ]
    assert len({source.fingerprint(each) for each in asked}) == 3


def test_what_the_zoo_does_not_hold(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no network of the zoo named 'lenet'; .*'lenet5'"):
        source.fetch(request(tmp_path, name="lenet"), tmp_path)


def test_the_zoo_lists_its_networks() -> None:
    assert list(discover().model_sources["zoo"].models()) == ["lenet5", "lenet5-cifar10"]


def test_augmentation_without_movement_changes_nothing() -> None:
    still = training.Recipe(rotation_degrees=0, shift_pixels=0, scale=0)
    batch = training.encoded(digits(4)[0], LENET)
    generator = torch.Generator().manual_seed(0)
    moved = training.augmented(batch, still, LENET.encoding, generator)
    torch.testing.assert_close(moved, batch, atol=1e-4, rtol=0)


def test_half_of_the_images_may_be_mirrored_in_all_their_colours() -> None:
    cifar = source.ZOO["lenet5-cifar10"]
    images = np.random.default_rng(0).integers(0, 256, (64, 32, 32, 3), np.uint8)
    batch = training.encoded(images, cifar)
    recipe = training.Recipe(rotation_degrees=0, shift_pixels=0, scale=0, mirrored=True)
    found = training.augmented(batch, recipe, cifar.encoding, torch.Generator().manual_seed(0))
    mirrored = [torch.allclose(x, y.flip(2), atol=1e-3) for x, y in zip(found, batch, strict=True)]
    same = [torch.allclose(x, y, atol=1e-3) for x, y in zip(found, batch, strict=True)]
    assert all(x != y for x, y in zip(mirrored, same, strict=True))
    assert 16 < sum(mirrored) < 48


def test_augmentation_shifts_by_no_more_than_asked_and_fills_with_black() -> None:
    recipe = training.Recipe(rotation_degrees=0, shift_pixels=2, scale=0)
    image = np.zeros((64, 28, 28), np.uint8)
    image[:, 14, 14] = 255
    generator = torch.Generator().manual_seed(0)
    batch = training.augmented(training.encoded(image, LENET), recipe, LENET.encoding, generator)
    brightness = (batch * LENET.encoding.std[0] + LENET.encoding.mean[0]).clamp(min=0)[:, 0]
    outside = brightness.clone()
    outside[:, 13:20, 13:20] = 0
    assert outside.max() < 1e-5
    rows = (brightness.sum(2) * torch.arange(32)).sum(1) / brightness.sum((1, 2))
    assert 1 < (rows - 16).abs().max() <= 2.01


def test_training_learns_is_seeded_and_keeps_the_epoch_that_held_out_images_like_best() -> None:
    images, labels = digits(300)
    recipe = training.Recipe(epochs=3, batch_size=10, held_out=50, shift_pixels=0.5)
    said: list[str] = []
    trained = training.train(images, labels, recipe, LENET, said.append)
    assert len(said) == len(trained.curve) == 3
    assert trained.curve[trained.epoch - 1][1] == max(held for _, held in trained.curve)
    assert trained.curve[-1][0] < trained.curve[0][0]
    x, y = training.encoded(images, LENET), torch.from_numpy(labels)
    assert training.accuracy(trained.model, x, y) > 50
    again = training.train(images, labels, recipe, LENET, said.append)
    assert again.curve == trained.curve


def test_the_card_tells_how_the_weights_came_about() -> None:
    trained = training.Trained(
        model=lenet5(), images=1234, epoch=2, curve=((0.5, 97.0), (0.25, 98.5)), seconds=90
    )
    text = train_lenet5.card("lenet5", trained, training.Recipe(epochs=2, seed=7), 98.76, "abc123")
    assert "**98.76 %**" in text
    assert "`abc123`" in text
    assert "train_lenet5 lenet5 --epochs 2 --seed 7" in text
    assert "1,234 images" in text
    assert "61,706 parameters" in text
    assert "| 2 | 0.2500 | 98.50 |" in text
    assert discover().datasets["mnist"].identity in text
