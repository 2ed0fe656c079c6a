"""What an ONNX file cannot say of itself: `net.onnx.toml` beside `net.onnx`, or the suite."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from harness import Encoding, Geometry, ModelError, Published, decode

if TYPE_CHECKING:
    from pathlib import Path

    from harness import ModelRequest

NEEDED = {
    "geometry": "geometry = {input_size = [224, 224], crop_pct = 0.875}",
    "encoding": "encoding = {mean = [0.485, 0.456, 0.406], std = [0.229, 0.224, 0.225]}",
    "label_space": 'label_space = "cifar10" (the data set\'s: see docs/suites.md)',
    "activation": 'activation = "logits"',
}
"""What has no default, and how each is written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sidecar:
    """What may stand in the file."""

    geometry: Geometry | None = None
    encoding: Encoding | None = None
    label_space: str | None = None
    activation: Literal["logits", "softmax"] | None = None
    output: str | None = None
    published: Published | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """The same, complete."""

    geometry: Geometry
    encoding: Encoding
    label_space: str
    activation: Literal["logits", "softmax"]
    output: str | None
    published: Published | None


def beside(path: Path) -> Path:
    """Return where the sidecar of a model stands, whether or not there is one."""
    return path.with_name(f"{path.name}.toml")


def stated(request: ModelRequest, path: Path) -> Stated:
    """Return what the suite says of a model, completed by the sidecar; nothing is assumed."""
    toml = beside(path)
    sidecar = decode.toml(toml, Sidecar) if toml.is_file() else Sidecar()
    geometry = request.geometry or sidecar.geometry
    encoding = request.encoding or sidecar.encoding
    label_space = request.label_space or sidecar.label_space
    activation = request.activation or sidecar.activation
    if geometry is None or encoding is None or label_space is None or activation is None:
        values = (geometry, encoding, label_space, activation)
        absent = [name for name, value in zip(NEEDED, values, strict=True) if value is None]
        message = (
            f"{path}: {', '.join(absent)} not stated; write into the suite's model or {toml.name}, "
            f"with the weights' own values: {'; '.join(NEEDED[name] for name in absent)}"
        )
        raise ModelError(message)
    return Stated(
        geometry=geometry,
        encoding=encoding,
        label_space=label_space,
        activation=activation,
        output=request.output or sidecar.output,
        published=sidecar.published,
    )
