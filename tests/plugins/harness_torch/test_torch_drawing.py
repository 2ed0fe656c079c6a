from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from harness.recipe import Recipe
from harness_torch import convert, drawing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

torch = pytest.importorskip("torch")
nn = torch.nn
SHAPE = (3, 24, 20)
CLASSES = 10


class Standardised(nn.Conv2d):  # type: ignore[misc, name-defined] # torch is imported by pytest
    """A convolution whose output does not depend on the scale of its weight."""

    def forward(self, values: Any) -> Any:  # noqa: ANN401 - a tensor
        weight = self.weight / self.weight.std()
        return nn.functional.conv2d(values, weight, self.bias, padding=1)


class Twice(nn.Module):  # type: ignore[misc, name-defined] # likewise
    """One convolution used twice, and a second one that has the weight of the first."""

    def __init__(self) -> None:
        super().__init__()
        self.one = nn.Conv2d(16, 16, 3, padding=1)
        self.other = nn.Conv2d(16, 16, 3, padding=1)
        self.other.weight = self.one.weight

    def forward(self, values: Any) -> Any:  # noqa: ANN401 - a tensor
        return self.other(self.one(self.one(values).relu()).relu())


def deep() -> Any:  # noqa: ANN401 - a network
    """Return a network that vanishes with the initialisation that its layers have."""
    layers = [nn.Conv2d(3, 16, 3, padding=1), nn.ReLU()]
    for _ in range(30):
        layers += [nn.Conv2d(16, 16, 3, padding=1, bias=False), nn.ReLU()]
        nn.init.normal_(layers[-2].weight, std=1e-4)
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(16 * 24 * 20, CLASSES))


def odd() -> Any:  # noqa: ANN401 - a network
    """Return a network of layers that are scaled by no one's standard rule."""
    head = nn.Linear(16, CLASSES)
    nn.init.zeros_(head.weight)
    return nn.Sequential(
        Standardised(3, 16, 3),
        nn.BatchNorm2d(16),
        nn.ReLU(),
        Twice(),
        nn.BatchNorm2d(16, affine=False),
        nn.BatchNorm2d(16, track_running_stats=False),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        head,
    )


def recipe(name: str, seed: int = 1) -> Recipe:
    return Recipe(builder=f"{__name__}:{name}", input_shape=SHAPE, seed=seed)


def activations(model: Any, batch: NDArray[np.float32]) -> list[NDArray[np.float32]]:  # noqa: ANN401 - a network
    found: list[NDArray[np.float32]] = []
    for module in model.modules():
        if not list(module.children()):
            module.register_forward_hook(lambda _, __, output: found.append(output.numpy()))
    with torch.inference_mode():
        model(torch.from_numpy(batch))
    return found


def other_images() -> NDArray[np.float32]:
    return np.random.default_rng(9).standard_normal((3, *SHAPE), dtype=np.float32).clip(-2, 2)


@pytest.fixture
def _threads() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("name", ["deep", "odd"])
def test_activations_neither_overflow_nor_vanish(name: str) -> None:
    found = activations(drawing.drawn(recipe(name)), other_images())
    for values in found:
        assert np.isfinite(values).all()
        assert 1e-3 < values.std() < 1e3
        assert not ((values != 0) & (np.abs(values) < np.finfo(np.float32).tiny)).any()


@pytest.mark.parametrize("name", ["deep", "odd"])
def test_outputs_differ_between_classes_and_between_inputs(name: str) -> None:
    outputs = activations(drawing.drawn(recipe(name)), other_images())[-1]
    assert outputs.std(axis=1).min() > 0.1
    assert outputs.std(axis=0).max() > 1e-2


def test_as_built_the_deep_network_is_degenerate() -> None:
    outputs = activations(deep().eval(), other_images())[-1]
    assert outputs.std(axis=0).max() < 1e-6


def test_each_layer_gives_unit_variance_on_the_noise() -> None:
    model: Any = drawing.drawn(recipe("deep"))
    found = activations(model, drawing.noise(SHAPE, seed=1))
    kept = [
        values.std() for layer, values in zip(model, found, strict=True) if hasattr(layer, "weight")
    ]
    assert len(kept) == 32
    np.testing.assert_allclose(kept[1:-1], 1, atol=0.01)  # those without a bias


def test_batch_norm_is_drawn_around_what_it_is_given() -> None:
    model: Any = drawing.drawn(recipe("odd"))
    norm = model[1]
    for values in (norm.weight, norm.bias, norm.running_mean, norm.running_var):
        assert len(set(values.tolist())) == 16
    (given,) = (
        values
        for values in activations(model[:1], drawing.noise(SHAPE, seed=1))
        if values.shape[1] == 16
    )
    mean, variance = given.mean(axis=(0, 2, 3)), given.var(axis=(0, 2, 3))
    assert (np.abs(norm.running_mean.numpy() - mean) < 4 * np.sqrt(variance)).all()
    ratio = norm.running_var.numpy() / variance
    assert ((ratio > 0.49) & (ratio < 1.51)).all()


@pytest.mark.usefixtures("_threads")
def test_a_seed_decides_every_byte_whatever_the_number_of_threads(tmp_path: Path) -> None:
    from harness import Form, Node

    hashes = []
    for threads, seed in ((1, 1), (2, 1), (2, 2)):
        torch.set_num_threads(threads)
        torch.rand(threads)  # what was drawn before does not count
        details = {"builder": f"{__name__}:odd", "input_shape": list(SHAPE), "seed": seed}
        source = Form(node=Node(format="torch-source"), file="", sha256="", size=0, details=details)
        hashes.append(convert.to_torch(source, tmp_path).sha256)
        assert torch.get_num_threads() == threads
    assert hashes[0] == hashes[1] != hashes[2]


def test_no_hook_is_left_in_the_network() -> None:
    model: Any = drawing.drawn(recipe("odd"))
    assert not any(module._forward_pre_hooks for module in model.modules())
