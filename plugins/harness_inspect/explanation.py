"""A model's structure with every number that can be said of it, and why."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.graph import ReceptiveField
from harness_inspect import formulas, sizes
from harness_inspect.checkerboard import uneven

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from fractions import Fraction

    from harness.graph import Layer, Shape
    from harness.types import Parameters
    from harness_inspect.source import Opened

PRECISIONS = {"fp32": 4, "fp16": 2, "int8": 1}
"""Bytes of one parameter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """The receptive field along one axis, in pixels."""

    size: int
    jump: float
    offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """One layer; sizes and counts are those of one image."""

    label: str
    """Its place in the network's source where that is known and its alone, else its node's name."""
    name: str
    op: str
    kind: str
    inputs: tuple[str, ...]
    input_shapes: tuple[Shape, ...]
    output_shape: Shape
    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[tuple[int, int], ...]
    """Before and after, by axis."""
    dilation: tuple[int, ...]
    groups: int
    ceil_mode: bool
    output_padding: tuple[int, ...]
    output_size: tuple[str, ...]
    """The formula of each axis that changes."""
    parameters: int
    parameters_formula: str
    multiplications_per_position: float | None
    """Of one filter or neuron, for one position of its output."""
    multiplications_formula: str
    operations_per_position: float | None
    """The same and one more where there is a bias."""
    macs: int
    macs_formula: str
    activation_bytes: int
    """Of the output in fp32."""
    receptive_field: tuple[Field, ...] | None
    """Over all paths; None is the whole image."""
    field_formula: tuple[str, ...]
    """How a window widens what the layer before it sees, by axis."""
    smallest_field: tuple[Field, ...] | None
    """Along the path that sees least."""
    share_of_parameters: float
    share_of_macs: float
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What the layers add up to."""

    layers: int
    parameters: Parameters
    size_bytes: dict[str, int]
    """Of the stored parameters, by precision."""
    macs: int
    """Multiply-accumulates of convolution and dense layers."""
    flops: int
    """Two for each of those: a multiplication and an addition."""
    activations: int
    """Values in the outputs of all layers."""
    activation_bytes: int
    """Theirs in fp32."""
    depth: dict[str, int]
    """`weighted`, `topological` and `nodes`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """A model, explained."""

    model: str
    image: str
    image_shape: Shape
    outputs: dict[str, Shape]
    totals: Totals
    layers: tuple[Explained, ...]
    """All, or those asked for."""


def explained(given: Opened) -> Findings:
    """Return a model's explanation."""
    structure = given.structure
    labels = _labels(structure.layers)
    stored = given.parameters.stored
    image = (ReceptiveField(),) * (len(structure.image_shape) - 2)
    fields = {structure.image: image} | {
        layer.name: layer.receptive_field for layer in structure.layers
    }
    values = sum(math.prod(formulas.lengths(layer.shape)) for layer in structure.layers)
    return Findings(
        model=given.model,
        image=structure.image,
        image_shape=structure.image_shape,
        outputs=structure.outputs,
        totals=Totals(
            layers=len(structure.layers),
            parameters=given.parameters,
            size_bytes={name: stored * each for name, each in PRECISIONS.items()},
            macs=structure.macs,
            flops=2 * structure.macs,
            activations=values,
            activation_bytes=4 * values,
            depth=structure.depth | {"nodes": given.nodes},
        ),
        layers=tuple(
            _explained(layer, labels, fields.get(layer.inputs[0]), given)
            for layer in structure.layers
        ),
    )


def _explained(
    layer: Layer,
    labels: dict[str, str],
    before: tuple[ReceptiveField, ...] | None,
    given: Opened,
) -> Explained:
    stored, macs = given.parameters.stored, given.structure.macs
    multiplied = formulas.multiplications(layer)
    added = multiplied is not None and formulas.biased(layer)
    return Explained(
        label=labels[layer.name],
        name=layer.name,
        op=layer.op,
        kind=layer.kind,
        inputs=tuple(labels.get(each, each) for each in layer.inputs),
        input_shapes=layer.input_shapes,
        output_shape=layer.shape,
        kernel=layer.kernel,
        stride=layer.stride,
        padding=layer.pads,
        dilation=layer.dilation,
        groups=layer.groups,
        ceil_mode=layer.ceil_mode,
        output_padding=layer.output_padding,
        output_size=sizes.output_size(layer),
        parameters=layer.parameters,
        parameters_formula=formulas.parameters(layer),
        multiplications_per_position=None if multiplied is None else _number(multiplied),
        multiplications_formula=formulas.per_position(layer),
        operations_per_position=None if multiplied is None else _number(multiplied + added),
        macs=layer.macs,
        macs_formula=formulas.macs(layer),
        activation_bytes=4 * math.prod(formulas.lengths(layer.shape)),
        receptive_field=_fields(layer.receptive_field),
        field_formula=formulas.sight(layer, before),
        smallest_field=_fields(layer.smallest_field),
        share_of_parameters=layer.parameters / stored if stored else 0.0,
        share_of_macs=layer.macs / macs if macs else 0.0,
        warnings=tuple(uneven(layer)),
    )


def _labels(layers: Sequence[Layer]) -> dict[str, str]:
    """Return what each layer is called: the module that it is, where that is its alone.

    A layer without weights is not the module that it is in when that holds other modules.
    """
    holders = {parent for layer in layers for parent in _parents(layer.module)}
    names = {
        layer.name: (
            "" if layer.module in holders and not layer.weights else layer.module,
            f"{layer.module}.{layer.op.lower()}" if layer.module else "",
        )
        for layer in layers
    }
    shared = Counter(each for pair in names.values() for each in pair)
    shared.update(list(names))
    return {
        name: next((each for each in pair if each and shared[each] == 1), name)
        for name, pair in names.items()
    }


def _parents(module: str) -> Iterator[str]:
    while "." in module:
        module = module.rpartition(".")[0]
        yield module


def _fields(fields: tuple[ReceptiveField, ...] | None) -> tuple[Field, ...] | None:
    if fields is None:
        return None
    return tuple(
        Field(size=each.size, jump=_number(each.jump), offset=each.offset) for each in fields
    )


def _number(value: Fraction | int) -> float:
    """Return a whole number as an int, so that it is written as one."""
    return int(value) if value == int(value) else float(value)
