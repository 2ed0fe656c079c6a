"""What a model is made of, read from an ONNX file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.graph import depth, model
from harness.graph.layers import Layer, layers
from harness.graph.model import Shape, elements
from harness.types import Parameters

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure:
    """A model's layers and what they add up to, for one image."""

    image: str
    """The input's name; layers that read the image name it."""
    image_shape: Shape
    outputs: dict[str, Shape]
    """By name, in the order in which the file declares them."""
    layers: tuple[Layer, ...]
    """In order of computation."""
    parameters: Parameters
    macs: int
    """Multiply-accumulates of convolution and dense layers."""
    channels: dict[str, int]
    """Output channels of all layers together: `convolved` by convolutions, `biased` by those with
    a bias, `normalised` by batch norms, `scaled` by those with a scale and a shift."""
    depth: dict[str, int]
    """By definition: `weighted`, `topological`."""


def analyse(
    path: Path,
    *,
    size: tuple[int, int] | None = None,
    imposed: bool = False,
    unfused: bool = False,
) -> Structure:
    """Return the structure of the model in an ONNX file.

    `size` is the image's height and width where the file leaves them open; imposed, it replaces
    those that the file states. `unfused` says that
    the file is known to keep its batch norm, so that a model without one has none; otherwise such
    a file's learnable parameters cannot be told. Raises `ModelError` when the file is not a whole
    ONNX model, a shape cannot be inferred from it, or the model does not take that size.
    """
    graph = model.read(path, size, imposed=imposed)
    found = layers(graph)
    return Structure(
        image=graph.image,
        image_shape=graph.shapes[graph.image],
        outputs={name: graph.shapes[name] for name in graph.outputs if name in graph.shapes},
        layers=found,
        parameters=_parameters(found, unfused=unfused),
        macs=sum(layer.macs for layer in found),
        channels=_channels(found),
        depth={"weighted": depth.weighted(found), "topological": depth.topological(found)},
    )


def longest_path(path: Path) -> int:
    """Return the nodes on the longest path of the graph in an ONNX file.

    Raises `ModelError` when the file is not a whole ONNX model.
    """
    return depth.nodes(model.operators(model.load(path), path))


def _channels(found: Sequence[Layer]) -> dict[str, int]:
    """Count the channels of each lot of weights once, however many layers read it."""
    layers = {tuple(layer.weights): layer for layer in found}.values()
    convolutions = [layer for layer in layers if layer.kind == "convolution"]
    norms = [layer for layer in layers if layer.op == "BatchNormalization"]
    chosen = {
        "convolved": convolutions,
        "biased": [layer for layer in convolutions if len(layer.weights) > 1],
        "normalised": norms,
        "scaled": [norm for norm in norms if len(norm.weights) - len(norm.statistics) > 1],
    }
    return {trait: sum(layer.shape[1] or 0 for layer in those) for trait, those in chosen.items()}


def _parameters(found: Sequence[Layer], *, unfused: bool) -> Parameters:
    """Count each parameter once, however many layers read it."""
    weights = {name: shape for layer in found for name, shape in layer.weights.items()}
    statistics = {name for layer in found for name in layer.statistics}
    stored = sum(elements(shape) for shape in weights.values())
    learnable = stored - sum(elements(weights[name]) for name in statistics)
    if unfused:
        return Parameters(stored=stored, learnable=learnable)
    if any(layer.op == "BatchNormalization" for layer in found):
        return Parameters(stored=stored, learnable=learnable, note="stored in this file")
    note = "stored in this file; learnable not recoverable: batch norm may have been folded"
    return Parameters(stored=stored, note=note)
