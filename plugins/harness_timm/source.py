"""`timm:NAME`: the recipe that builds an architecture, and the configuration of its weights.

Images are prepared as `timm.data.create_transform(**resolve_data_config(...))` does: at the size
that the weights were trained at, not at the larger one that some of them are also tested at.
"""

from __future__ import annotations

import dataclasses
import difflib
import shutil
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness import Encoding, Geometry, ModelError, Node, Sourced, cache, decode
from harness_timm import hub

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness import ModelRequest

RECIPE = "source.json"
GIVEN = "given"
IMAGENET_CLASSES = 1000


def fingerprint(request: ModelRequest) -> str:
    """Return what the name, the weights and timm's version decide."""
    match request.weights:
        case "pretrained":
            weights = "pretrained"
        case "random":
            weights = f"random {request.seed}"
        case _:
            weights = cache.file_digest(Path(request.weights))
    return cache.digest([request.name, weights, version("timm")])


def fetch(request: ModelRequest, folder: Path) -> Sourced:
    """Write the recipe; a file of weights is copied beside it."""
    if request.weights == "pretrained":
        hub.fail_fast()
    settings = configured(request.name)
    geometry = request.geometry or Geometry(
        input_size=settings["input_size"][1:],
        mode="L" if settings["input_size"][0] == 1 else "RGB",
        crop_pct=settings["crop_pct"],
        interpolation=settings["interpolation"],
        crop_mode=settings["crop_mode"],
        fill=_fill(settings),
    )
    encoding = request.encoding or Encoding(mean=settings["mean"], std=settings["std"])
    classes = settings["num_classes"]
    known = "imagenet-1k" if classes == IMAGENET_CLASSES else f"timm-{classes}"
    weights, origin = request.weights, request.weights
    if weights == "random":
        origin = f"random (seed {request.seed})"
    elif weights != "pretrained":
        path = Path(request.weights)
        weights, origin = f"{GIVEN}/{path.name}", path.name
        (folder / GIVEN).mkdir(exist_ok=True)
        shutil.copyfile(path, folder / weights)
    recipe = {
        "builder": "timm:create_model",
        "arguments": {"model_name": request.name},
        "input_shape": [settings["input_size"][0], *geometry.input_size],
        "weights": weights,
        "seed": request.seed,
        "identity": fingerprint(request),
    }
    (folder / RECIPE).write_bytes(decode.canonical(recipe))
    return Sourced(
        form=cache.form(folder, RECIPE, Node(format="torch-source"), recipe),
        weights=origin,
        geometry=geometry,
        encoding=encoding,
        label_space=request.label_space or known,
        activation=request.activation or "logits",
        output=request.output,
    )


def _fill(settings: dict[str, Any]) -> int | tuple[int, int, int]:
    """Return the colour that timm's border crop surrounds an image with."""
    if settings["crop_mode"] != "border":
        return 0
    red, green, blue = (round(255 * mean) for mean in settings["mean"])
    return red, green, blue


def configured(name: str) -> dict[str, Any]:
    """Return timm's data configuration for the name, with `num_classes`."""
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
    return {**resolved, "num_classes": settings.get("num_classes", IMAGENET_CLASSES)}


def tagged(name: str) -> Sequence[str]:
    """Return the names of an architecture's published weights."""
    import timm

    names: list[str] = timm.list_pretrained(f"{name.partition('.')[0]}.*")
    return names
