"""The formula of a layer's output size, filled in."""

# ruff: noqa: RUF001, RUF002 - the signs of arithmetic are what is written
from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from harness_inspect.formulas import TRANSPOSED, inner, lengths, times, units

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.graph import Layer


def output_size(layer: Layer) -> tuple[str, ...]:
    """Return the formula of each axis of the output that the layer gives another length."""
    if layer.kernel:
        along = _transposed if layer.op == TRANSPOSED else _slid
        return tuple(along(layer, axis) for axis in range(len(layer.kernel)))
    rule = _BY_KIND.get(layer.kind) or _BY_OPERATOR.get(layer.op)
    return rule(layer) if rule else ()


def _slid(layer: Layer, axis: int) -> str:
    """Return (n + 2p − f)/s + 1, rounded where it must be."""
    length, target = layer.input_shapes[0][2 + axis] or 0, layer.shape[2 + axis] or 0
    before, after = layer.pads[axis]
    stride, taps, dilation = layer.stride[axis], layer.kernel[axis], layer.dilation[axis]
    room = length + before + after - dilation * (taps - 1) - 1
    quotient = f"({length:,} + {_pads(before, after)} − {_extent(taps, dilation)})/{stride}"
    steps = room // stride
    if room % stride:
        steps += layer.ceil_mode
        quotient = f"⌈{quotient}⌉" if layer.ceil_mode else f"⌊{quotient}⌋"
    if steps == target:
        return f"{quotient} + 1 − 1 = {target:,} (the last window would begin in the padding)"
    if steps + 1 != target:
        return _stated(target)
    return f"{quotient} + 1 = {target:,}"


def _transposed(layer: Layer, axis: int) -> str:
    """Return (n − 1)s − 2p + f, with what is added behind."""
    length, target = layer.input_shapes[0][2 + axis] or 0, layer.shape[2 + axis] or 0
    before, after = layer.pads[axis]
    extent = _extent(layer.kernel[axis], layer.dilation[axis])
    padding = f"2×{before}" if before == after else f"({before} + {after})"
    more = layer.output_padding[axis] if layer.output_padding else 0
    extra = f" + {more}" if more else ""
    return f"({length:,} − 1)×{layer.stride[axis]} − {padding} + {extent}{extra} = {target:,}"


def _stated(target: int) -> str:
    return f"{target:,}, as the file states"


def _extent(taps: int, dilation: int) -> str:
    return f"{taps}" if dilation == 1 else f"({dilation}×({taps} − 1) + 1)"


def _pads(before: int, after: int) -> str:
    return f"2×{before}" if before == after else f"{before} + {after}"


def _dense(layer: Layer) -> tuple[str, ...]:
    return (f"{times(*inner(layer))} → {units(layer):,}",)


def _pooled(layer: Layer) -> tuple[str, ...]:
    return (f"{times(*lengths(layer.input_shapes[0][2:]))} → 1",)


def _flattened(layer: Layer) -> tuple[str, ...]:
    target = lengths(layer.shape)
    if len(target) > 1:
        return ()
    return (f"{times(*lengths(layer.input_shapes[0]))} = {times(*target)}",)


def _joined(layer: Layer) -> tuple[str, ...]:
    for axis, length in enumerate(layer.shape):
        parts = [shape[axis] for shape in layer.input_shapes]
        if length is not None and length not in parts:
            if sum(part or 0 for part in parts) != length:  # constants are joined, too
                return (_stated(length),)
            return (f"{' + '.join(f'{each:,}' for each in parts)} = {length:,}",)
    return ()


def _scaled(layer: Layer) -> tuple[str, ...]:
    axes = zip(lengths(layer.input_shapes[0][2:]), lengths(layer.shape[2:]), strict=True)
    return tuple(f"{old:,} × {Fraction(new, old)} = {new:,}" for old, new in axes)


_BY_KIND: dict[str, Callable[[Layer], tuple[str, ...]]] = {"dense": _dense, "pool": _pooled}
_BY_OPERATOR: dict[str, Callable[[Layer], tuple[str, ...]]] = {
    "Concat": _joined,
    **dict.fromkeys(("Reshape", "Flatten"), _flattened),
    **dict.fromkeys(("Resize", "Upsample"), _scaled),
}
