"""Weights in TensorFlow.js's layers format: a manifest in JSON, and shards of one byte string.

Keras stores a convolution's kernel as height x width x in x out and a dense layer's as in x out;
torch wants the outputs first.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness import ModelError, decode
from harness.types import Json

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

ORDER = {4: (3, 2, 0, 1), 2: (1, 0), 1: (0,)}
"""By rank, how axes are reordered."""
NAMES = {
    "kernel": "weight",
    "bias": "bias",
    "gamma": "weight",
    "beta": "bias",
    "moving_mean": "running_mean",
    "moving_variance": "running_var",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight:
    """One tensor of a group."""

    name: str
    """`layer/kind`."""
    shape: tuple[int, ...]
    dtype: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Tensors that lie one behind the other in the joined shards."""

    paths: tuple[str, ...]
    weights: tuple[Weight, ...]


def convert(model: Path, target: Path) -> None:
    """Write the tensors of a `model.json` as safetensors, in torch's names and order of axes."""
    from safetensors.numpy import save_file

    save_file(dict(tensors(model)), target)


def tensors(model: Path) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """Yield torch's name and tensor for each of Keras's; `ModelError` where they do not add up."""
    import numpy as np

    described = decode.json(model.read_bytes(), dict[str, Json], str(model), error=ModelError)
    manifest: Any = described.get("weightsManifest", [])
    groups = decode.convert(manifest, tuple[Group, ...], str(model), error=ModelError)
    for group in groups:
        content = b"".join((model.parent / path).read_bytes() for path in group.paths)
        held = sum(4 * math.prod(each.shape) for each in group.weights)
        if {each.dtype for each in group.weights} != {"float32"} or held != len(content):
            message = f"{model}: {len(content)} bytes where float32 weights take {held}"
            raise ModelError(message)
        start = 0
        for weight in group.weights:
            count = math.prod(weight.shape)
            values = np.frombuffer(content, "<f4", count, offset=start).reshape(weight.shape)
            layer, _, kind = weight.name.rpartition("/")
            ordered = values.transpose(ORDER[len(weight.shape)])
            yield f"{layer}.{NAMES[kind]}", np.ascontiguousarray(ordered, np.float32)
            start += 4 * count
