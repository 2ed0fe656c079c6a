"""From the name of a model to its structure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness import decode, graph, prepare
from harness.errors import ModelError, UsageError
from harness.suite import ModelSpec

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.catalog import Catalogs
    from harness.graph import Structure
    from harness.types import Parameters

ORACLE = "numpy"
SUFFIX = ".onnx"
SCHEME = "onnx:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A model's structure, and what only its preparation knows."""

    model: str
    structure: Structure
    parameters: Parameters
    nodes: int
    """On the longest path of the graph that engines run."""


def size(text: str) -> tuple[int, int]:
    """Return height and width as the user writes them: 224 or 224x320."""
    found = re.fullmatch(r"([1-9]\d{0,4})(?:x([1-9]\d{0,4}))?", text.strip(), re.IGNORECASE)
    if not found:
        message = f"--input-size {text!r}: say HxW in pixels, such as 224x224"
        raise UsageError(message)
    return int(found[1]), int(found[2] or found[1])


def opened(
    model: str,
    wanted: tuple[int, int] | None,
    weights: str | None,
    catalogs: Callable[[], Catalogs],
    tell: Callable[[str], None],
) -> Opened:
    """Return a model's structure, at an input size of the user's if there is one.

    A user's ONNX file is read as it is; all else is prepared first. Raises `HarnessError` when it
    cannot be had.
    """
    path = decode.path(model.removeprefix(SCHEME))
    if not path.name:
        message = f"model {model!r}: name an ONNX file, as in onnx:net.onnx"
        raise UsageError(message)
    stated = model.startswith(SCHEME) and path.with_name(f"{path.name}.toml").is_file()
    if not stated and (model.startswith(SCHEME) or path.suffix == SUFFIX or path.is_file()):
        found = graph.analyse(path, size=wanted, imposed=wanted is not None)
        if not found.layers:
            message = f"{path}: nothing in the graph depends on its input"
            raise ModelError(message)
        return Opened(
            model=model,
            structure=found,
            parameters=found.parameters,
            nodes=graph.longest_path(path),
        )
    if ":" not in model:
        message = (
            f"model {model!r}: say scheme:name (harness list models shows the schemes) "
            "or name an ONNX file"
        )
        raise UsageError(message)
    return _prepared(
        model, wanted, weights or ("pretrained" if stated else "random"), catalogs, tell
    )


def _prepared(
    model: str,
    wanted: tuple[int, int] | None,
    weights: str,
    catalogs: Callable[[], Catalogs],
    tell: Callable[[str], None],
) -> Opened:
    tell(f"preparing {model} ({weights} weights), unless it is in the cache")
    spec = ModelSpec(name=model, weights=weights)
    artefact = prepare.model(spec, Path(), catalogs(), oracle=ORACLE)
    manifest = artefact.manifest
    path = artefact.path("structure")
    try:
        found = graph.analyse(
            path,
            size=wanted or manifest.geometry.input_size,
            imposed=wanted is not None,
            unfused="learnable" in manifest.forms["structure"].details,
        )
    except ModelError as error:
        raise ModelError(str(error).replace(str(path), model)) from error
    return Opened(
        model=model,
        structure=found,
        parameters=manifest.parameters,
        nodes=manifest.depth.get("nodes") or graph.longest_path(path),
    )
