"""The formulas of a layer, filled in: parameters, multiplications, receptive field."""

# ruff: noqa: RUF001, RUF002 - the signs of arithmetic are what is written
from __future__ import annotations

import math
from collections import Counter
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.graph import Layer, ReceptiveField, Shape

TRANSPOSED = "ConvTranspose"


def times(*factors: int) -> str:
    """Return a product as it is written: 3×3×64."""
    return "×".join(f"{each:,}" for each in factors)


def lengths(shape: Shape) -> tuple[int, ...]:
    """Return the axes of one image."""
    return tuple(each for each in shape if each is not None)


def inner(layer: Layer) -> tuple[int, ...]:
    """Return what one unit (a filter, a neuron) multiplies at a position: 3×3×64, or 400."""
    if layer.kind == "dense":
        return (layer.macs // math.prod(lengths(layer.shape)),)
    return (*layer.kernel, (layer.input_shapes[0][1] or 1) // layer.groups)


def units(layer: Layer) -> int:
    """Return how many filters or neurons a convolution or dense layer has."""
    if layer.kind == "convolution":
        return layer.shape[1] or 1
    matrices = (shape for shape in layer.weights.values() if len(shape) > 1)
    if matrix := next(matrices, None):
        return max(math.prod(lengths(matrix)) // math.prod(inner(layer)), 1)
    return layer.shape[-1] or 1


def biased(layer: Layer) -> bool:
    """Whether each unit of a convolution or dense layer has a bias besides its weights."""
    return layer.parameters == units(layer) * (math.prod(inner(layer)) + 1)


def parameters(layer: Layer) -> str:
    """Return the count with its formula: 100 × (4×4×3 + 1) = 4,900; empty without parameters."""
    if not layer.parameters:
        return ""
    if layer.kind in {"convolution", "dense"}:
        within = times(*inner(layer))
        if biased(layer):
            return f"{units(layer):,} × ({within} + 1) = {layer.parameters:,}"
        if layer.parameters == units(layer) * math.prod(inner(layer)):
            return f"{units(layer):,} × {within} = {layer.parameters:,}"
    alike = Counter(lengths(shape) or (1,) for shape in layer.weights.values())
    terms = [
        f"{count} × {times(*shape)}" if count > 1 else times(*shape)
        for shape, count in alike.items()
    ]
    written = " + ".join(terms)
    total = f"{layer.parameters:,}"
    return total if written == total else f"{written} = {total}"


def multiplications(layer: Layer) -> Fraction | None:
    """Return those of one unit for one position of its output.

    Those of a transposed convolution are a mean over positions unless its kernel is a multiple of
    its stride; at the border there are fewer.
    """
    if layer.kind not in {"convolution", "dense"}:
        return None
    reach = math.prod(layer.stride) if layer.op == TRANSPOSED else 1
    return Fraction(math.prod(inner(layer)), reach)


def per_position(layer: Layer) -> str:
    """Return the same with its formula: 3×3×64 = 576; empty for other layers."""
    number = multiplications(layer)
    if number is None:
        return ""
    over = f" / ({times(*layer.stride)})" if layer.op == TRANSPOSED else ""
    written, total = f"{times(*inner(layer))}{over}", f"{float(number):,.10g}"
    return total if written == total else f"{written} = {total}"


def sight(layer: Layer, before: Sequence[ReceptiveField] | None) -> tuple[str, ...]:
    """Return how a window widens the receptive field of the layer before it: r + (f − 1)dj."""
    if before is None or layer.receptive_field is None or layer.op == TRANSPOSED:
        return ()
    windows = zip(layer.kernel, layer.dilation, before, layer.receptive_field, strict=False)
    return tuple(
        f"{old.size} + ({taps} − 1)×{dilation}×{old.jump} = {new.size}"
        for taps, dilation, old, new in windows
        if not old.spans and len(before) == len(layer.kernel)
    )


def macs(layer: Layer) -> str:
    """Return the multiply-accumulates with their formula; empty for other layers."""
    if not layer.macs:
        return ""
    places = layer.input_shapes[0] if layer.op == TRANSPOSED else layer.shape
    shared = math.prod(inner(layer)) * units(layer)
    positions = (layer.macs // shared,) if layer.kind == "dense" else lengths(places[2:])
    factors = [times(*inner(layer)), f"{units(layer):,}"]
    if math.prod(positions) > 1:
        factors.append(times(*positions))
    if shared * math.prod(positions) != layer.macs:
        return f"{layer.macs:,}"
    return f"{' × '.join(factors)} = {layer.macs:,}"
