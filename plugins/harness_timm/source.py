"""`timm:NAME`: the recipe that builds an architecture, and the configuration of its weights.

Images are prepared as `timm.data.create_transform(**resolve_data_config(...))` does: at the size
that the weights were trained at, not at the larger one that some of them are also tested at.
"""

from __future__ import annotations

import csv
import dataclasses
import difflib
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness import Encoding, Geometry, ModelError, Published, recipe
from harness_timm import hub

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness import ModelRequest, Sourced

IMAGENET_CLASSES = 1000
PUBLISHED = Path(__file__).with_name("published.csv")


def fingerprint(request: ModelRequest) -> str:
    """Return what the name, the weights and timm's version decide."""
    return recipe.fingerprint(request, version("timm"))


def fetch(request: ModelRequest, folder: Path) -> Sourced:
    """Write the recipe; a file of weights is copied beside it."""
    if request.weights == recipe.PRETRAINED:
        hub.fail_fast()
    return recipe.sourced(request, folder, network(request.name), fingerprint(request))


def network(name: str) -> recipe.Network:
    """Return how timm builds an architecture, and the preprocessing of its weights."""
    settings = configured(name)
    classes = settings["num_classes"]
    return recipe.Network(
        builder="timm:create_model",
        arguments={"model_name": name},
        geometry=Geometry(
            input_size=settings["input_size"][1:],
            mode="L" if settings["input_size"][0] == 1 else "RGB",
            crop_pct=settings["crop_pct"],
            interpolation=settings["interpolation"],
            crop_mode=settings["crop_mode"],
            fill=_fill(settings),
        ),
        encoding=Encoding(mean=settings["mean"], std=settings["std"]),
        label_space="imagenet-1k" if classes == IMAGENET_CLASSES else f"timm-{classes}",
        published=published(settings["tagged"], settings["input_size"][1:]),
    )


def published(tagged: str, size: tuple[int, int]) -> Published | None:
    """Return what timm measured of weights, by architecture and tag, at an input size."""
    with PUBLISHED.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            if row["model"] == tagged and (int(row["input_size"]),) * 2 == size:
                return Published(
                    top1=float(row["top1"]),
                    top5=float(row["top5"]),
                    source=f"timm results-imagenet.csv, {tagged} at {size[0]}",
                )
    return None


def _fill(settings: dict[str, Any]) -> int | tuple[int, int, int]:
    """Return the colour that timm's border crop surrounds an image with."""
    if settings["crop_mode"] != "border":
        return 0
    red, green, blue = (round(255 * mean) for mean in settings["mean"])
    return red, green, blue


def configured(name: str) -> dict[str, Any]:
    """Return timm's data configuration for the name, with `num_classes` and the name `tagged`."""
    import timm
    from timm.data.config import resolve_data_config

    if not timm.is_model(name):
        close = difflib.get_close_matches(name.partition(".")[0], timm.list_models(), n=3)
        hint = f"did you mean {' or '.join(map(repr, close))}?" if close else "none is similar"
        message = f"timm {timm.__version__} has no architecture {name!r}; {hint}"
        raise ModelError(message)
    try:
        pretrained = timm.get_pretrained_cfg(name)
    except RuntimeError as reason:
        message = f"timm {timm.__version__}: {reason}; known: {', '.join(tagged(name))}"
        raise ModelError(message) from reason
    settings = {} if pretrained is None else dataclasses.asdict(pretrained)
    resolved: dict[str, Any] = resolve_data_config(  # type: ignore[no-untyped-call]
        pretrained_cfg=settings
    )
    tag = settings.get("tag")
    return resolved | {
        "num_classes": settings.get("num_classes", IMAGENET_CLASSES),
        "tagged": f"{name.partition('.')[0]}.{tag}" if tag else name,
    }


def tagged(name: str) -> Sequence[str]:
    """Return the names of an architecture's published weights."""
    import timm

    names: list[str] = timm.list_pretrained(f"{name.partition('.')[0]}.*")
    return names
