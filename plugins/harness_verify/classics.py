"""The networks that a backend is asked about: classics with seeded weights, some with real ones."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from harness import preview, suite
from harness.errors import UnknownNameError
from harness.suite import DataSpec, ModelSpec, Suite

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.catalog import Catalogs
    from harness.testing.checks import Level

CLASSICS = (
    "zoo:lenet5",
    "torchvision:alexnet",
    "timm:vgg16",
    "torchvision:googlenet",
    "timm:inception_v3",
    "timm:resnet50",
    "timm:inception_v4",
    "timm:inception_resnet_v2",
    "torchvision:squeezenet1_1",
    "timm:densenet121",
    "timm:resnext50_32x4d",
    "timm:legacy_xception",
    "timm:nasnetalarge",
    "timm:mobilenetv3_large_100",
    "timm:efficientnet_b0",
)
"""In the order in which they were published."""
SEED = 1
NOISE = DataSpec(name="synthetic", limit=4)
TRAINED = "quickstart"
"""The suite whose models stand for those with real weights."""
MOST = 100
"""Real images a network, at the most: LeNet-5's data set has thousands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Networks:
    """Those that a backend is asked about, each with its images."""

    seeded: tuple[ModelSpec, ...]
    trained: tuple[ModelSpec, ...]

    def of(self, level: Level) -> tuple[ModelSpec, ...]:
        """Return those that a level asks about."""
        if level == "weights":
            return self.trained
        return self.seeded if level in {"architectures", "numerics"} else ()


def chosen(wanted: Sequence[str], catalogs: Catalogs) -> Networks:
    """Return all networks, or those that are wanted: by `scheme:name`, or by the name alone.

    One that is not known here has drawn weights, or its own where it is a file. Raises
    `UsageError` for a name that nobody has.
    """
    shipped = suite.read(suite.find(TRAINED, catalogs.suites))
    trained = {each.name: _few(each, shipped) for each in shipped.models}
    known = {*CLASSICS, *trained}
    names: set[str] = set()
    for name in wanted:
        meant = {each for each in known if means(name, each)}
        if not meant and ":" not in name:
            shown = {each.partition(":")[2] for each in known}
            raise UnknownNameError.among(kind="model", name=name, known=shown)
        names |= meant or {name}
    others = sorted(names - known)
    for name in others:
        preview.refusal(_foreign(name), shipped, catalogs)
    classics = [_drawn(name) for name in CLASSICS if not wanted or name in names]
    return Networks(
        seeded=(*classics, *map(_foreign, others)),
        trained=tuple(spec for name, spec in trained.items() if not wanted or name in names),
    )


def means(said: str, name: str) -> bool:
    """Return whether somebody who says that, with its scheme or without, means a network."""
    return said in {name, name.partition(":")[2]}


def _drawn(name: str) -> ModelSpec:
    return ModelSpec(name=name, weights="random", seed=SEED, data=NOISE)


def _foreign(name: str) -> ModelSpec:
    """Return a network of the user's: a file holds its weights."""
    is_file = Path(name.partition(":")[2]).is_file()
    return replace(_drawn(name), weights="pretrained") if is_file else _drawn(name)


def _few(spec: ModelSpec, shipped: Suite) -> ModelSpec:
    """Return a model with its own images or its suite's, not too many of them."""
    data = spec.data or shipped.data
    return replace(spec, data=data and replace(data, limit=min(MOST, data.limit or MOST)))
