"""One layer, each of its numbers with the formula that it comes from."""

# ruff: noqa: RUF001 - the signs of arithmetic are what is written
from __future__ import annotations

from typing import TYPE_CHECKING

from harness_inspect import wording
from harness_inspect.formulas import TRANSPOSED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness_inspect.explanation import Explained, Field, Findings

_SLID = "(n + 2p − f)/s + 1"
_PARAMETERS = {
    "convolution": "filters × (kernel × channels / groups + 1)",
    "dense": "neurons × (inputs + 1)",
}


def title(layer: Explained) -> str:
    """Return what the layer is called, what it is and what it reads."""
    node = "" if layer.name == layer.label else f", node {layer.name}"
    return f"{layer.label}: {layer.kind} ({layer.op}{node}) of {', '.join(layer.inputs)}"


def steps(layer: Explained, found: Findings) -> Iterator[tuple[str, str]]:
    """Yield the lines of the explanation, each with its name."""
    yield "input", ", ".join(map(wording.shape, layer.input_shapes))
    yield "output", wording.shape(layer.output_shape)
    if layer.kernel:
        yield "window", _window(layer)
    yield from _sized(layer)
    if layer.parameters:
        yield "parameters", layer.parameters_formula
        if "+ 1)" in layer.parameters_formula:
            yield "", _PARAMETERS[layer.kind]
        yield "", _share(layer.share_of_parameters, f"{found.totals.parameters.stored:,} stored")
    yield from _work(layer, found)
    size = f"{wording.shape(layer.output_shape)} × 4 bytes = {layer.activation_bytes:,} bytes"
    yield "activation", size
    yield "sees", _field(layer.receptive_field)
    for formula in dict.fromkeys(layer.field_formula):
        yield "", f"r + (f − 1)×d×jump before: {formula}"
    if layer.smallest_field != layer.receptive_field:
        yield "at least", f"{_field(layer.smallest_field)}, along the narrowest path"
    for warning in layer.warnings:
        yield "beware", warning


def _window(layer: Explained) -> str:
    told = [
        "×".join(map(str, layer.kernel)),
        f"stride {'×'.join(map(str, layer.stride))}",
        f"padding {_pads(layer)}",
        f"dilation {'×'.join(map(str, layer.dilation))}",
        f"groups {layer.groups}",
    ]
    return ", ".join(told)


def _pads(layer: Explained) -> str:
    if all(before == after for before, after in layer.padding):
        return "×".join(str(before) for before, _ in layer.padding)
    told = (f"{before} before and {after} after" for before, after in layer.padding)
    return " × ".join(dict.fromkeys(told))


def _sized(layer: Explained) -> Iterator[tuple[str, str]]:
    if layer.kernel:
        rule = "(n − 1)×s − 2p + f" if layer.op == TRANSPOSED else _SLID
        yield "output size", rule + (", rounded up" if layer.ceil_mode else "")
    axes = ("height", "width") if len(layer.output_size) == 2 else ()  # noqa: PLR2004 - of an image
    for place, formula in enumerate(layer.output_size):
        name = "" if layer.kernel else "output size" if place == 0 else ""
        yield name, f"{axes[place]}: {formula}" if axes else formula


def _work(layer: Explained, found: Findings) -> Iterator[tuple[str, str]]:
    if layer.multiplications_per_position is None:
        return
    single = f"{layer.multiplications_formula} multiplications"
    extra = ""
    if layer.operations_per_position != layer.multiplications_per_position:
        extra = f", {wording.position(layer.operations_per_position)} operations with the bias"
    yield (
        "per position",
        f"{single}{extra}, of one {'neuron' if layer.kind == 'dense' else 'filter'}",
    )
    yield "MACs", layer.macs_formula
    yield "", _share(layer.share_of_macs, f"{found.totals.macs:,}")
    yield "FLOPs", f"2 × {layer.macs:,} = {2 * layer.macs:,}"


def _share(part: float, whole: str) -> str:
    return f"{wording.share(part)} of {whole}"


def _field(fields: tuple[Field, ...] | None) -> str:
    if fields is None:
        return f"the {wording.WHOLE}"
    same = len(set(fields)) == 1
    told = [
        f"{each.size} pixels, {each.jump:g} further at each position, from pixel {each.offset}"
        for each in (fields[:1] if same else fields)
    ]
    return " × ".join(told)
