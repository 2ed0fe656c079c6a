"""A plugin file for tests: small networks, and images whose class is the place of a bright bar."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import harness
from harness import recipe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from torch import nn

SPLITS = {"train": 60, "test": 30}
BRIGHT = 255
CLASSES = ("left", "middle", "right")


def network(classes: int = 3) -> nn.Module:
    """Return a network with batch norm, dropout and a last linear layer."""
    from torch import nn

    return nn.Sequential(
        nn.Conv2d(1, 6, 3, padding=1, bias=False),
        nn.BatchNorm2d(6),
        nn.ReLU(),
        nn.AvgPool2d(2),
        nn.Flatten(),
        nn.Dropout(0.1),
        nn.Linear(96, classes),
    )


def convolutional() -> nn.Module:
    """Return a network that is pooled after its last layer, a convolution, for five classes."""
    from torch import nn

    return nn.Sequential(
        nn.Conv2d(1, 6, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(6, 5, 1),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
    )


def doubled() -> nn.Module:
    """Return a network whose last layer does not decide how many classes there are."""
    from torch import nn

    class Doubled(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.one, self.two = nn.Linear(64, 5), nn.Linear(64, 5)

        def forward(self, value):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
            import torch

            flat = value.flatten(1)
            return torch.cat([self.one(flat), self.two(flat)], 1)

    return Doubled()


def pixelwise() -> nn.Module:
    """Return a network that tells three classes of pixels."""
    from torch import nn

    return nn.Sequential(transposed(8), nn.ReLU(), nn.Conv2d(8, 3, 1))


def transposed(wide: int = 3) -> nn.Module:
    """Return a network that ends in a transposed convolution."""
    from torch import nn

    return nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.ConvTranspose2d(8, wide, 3, padding=1)
    )


def wordless() -> nn.Module:
    """Return a network without a layer."""
    from torch import nn

    return nn.Sequential(nn.AdaptiveAvgPool2d(2), nn.Flatten())


BUILDERS = {
    "network": ("network", {}),
    "five": ("network", {"classes": 5}),
    "convolutional": ("convolutional", {}),
    "doubled": ("doubled", {}),
    "pixelwise": ("pixelwise", {}),
    "transposed": ("transposed", {}),
    "wordless": ("wordless", {}),
}


def known(request: harness.ModelRequest) -> recipe.Network:
    """Return the network of that name."""
    builder, arguments = BUILDERS[request.name]
    return recipe.Network(
        builder=f"learning:{builder}",
        arguments=dict(arguments),
        geometry=harness.Geometry(input_size=(8, 8), mode="L", crop_pct=1.0),
        encoding=harness.Encoding(mean=(0.5,), std=(0.5,)),
        label_space="bars" if request.name in {"network", "pixelwise", "transposed"} else "others",
    )


def fetch(request: harness.ModelRequest, folder: Path) -> harness.Sourced:
    """Write the recipe."""
    return recipe.sourced(request, folder, known(request), recipe.fingerprint(request))


def opened(split: str, folder: Path) -> Sequence[harness.Sample]:
    """Return noisy images with a bright bar."""
    del folder
    rng = np.random.default_rng(len(split))
    found = []
    for number in range(SPLITS[split]):
        target = number % len(CLASSES)
        image = rng.integers(0, 100, (8, 8), np.uint8)
        image[:, 2 * target + 1] = BRIGHT
        found.append(harness.Sample(id=f"{split}-{number}", image=image, target=target))
    return found


def outlined(split: str, folder: Path) -> Sequence[harness.Sample]:
    """Return the same images; a pixel is of class 1 on the bar, 2 beside it, 0 elsewhere."""
    found = []
    for sample in opened(split, folder):
        on = np.asarray(sample.image) == BRIGHT
        beside = np.roll(on, 1, axis=1) | np.roll(on, -1, axis=1)
        target = np.where(on, 1, np.where(beside, 2, 0)).astype(np.uint8)
        found.append(replace(sample, target=target))
    return found


def hidden(every: int, split: str, folder: Path) -> Sequence[harness.Sample]:
    """Return them with the classes of all pixels unknown but in every so-manieth image."""
    unknown = np.full((8, 8), -1)
    return [
        sample if every and not number % every else replace(sample, target=unknown)
        for number, sample in enumerate(outlined(split, folder))
    ]


def dataset(
    name: str,
    splits: dict[str, int | None],
    classes: tuple[str, ...],
    samples: Callable[[str, Path], Sequence[harness.Sample]] = opened,
) -> harness.Dataset:
    """Return the images under a name."""
    return harness.Dataset(
        name=name,
        summary="for tests",
        label_space="bars",
        classes=classes,
        splits=splits,
        open=samples,
        fetch=Path.touch,
        identity=name,
        source="made here",
    )


@harness.hookimpl
def harness_model_sources() -> Iterable[harness.ModelSource]:
    """Offer the networks, and one that is no network of torch."""
    for name, form in (("nets", "torch-source"), ("files", "onnx")):
        yield harness.ModelSource(
            name=name,
            summary="for tests",
            models=lambda: tuple(BUILDERS),
            fingerprint=recipe.fingerprint,
            fetch=fetch,
            format=form,
        )


@harness.hookimpl
def harness_datasets() -> Iterable[harness.Dataset]:
    """Offer the images, without a test split too, with a single class, and with one a pixel."""
    yield dataset("bars", dict(SPLITS), CLASSES)
    yield dataset("lone", {"train": SPLITS["train"]}, CLASSES)
    yield dataset("dull", dict(SPLITS), ("noise",))
    places = ("far", "on", "beside")
    yield dataset("outlined", dict(SPLITS), places, outlined)
    yield dataset("sparse", dict(SPLITS), places, partial(hidden, 4))
    yield dataset("blind", dict(SPLITS), places, partial(hidden, 0))
