"""Receptive fields: which pixels an element of a tensor depends on.

A field is followed axis by axis (Araujo, Norris and Sim, "Computing Receptive Fields of
Convolutional Neural Networks", Distill 2019): a window of k taps, dilation d, stride s and
padding p makes size += (k - 1) d jump, offset -= p jump, jump *= s. Where paths meet, the
field is the smallest window that covers them all, or that of the narrowest path.
"""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, TypeAlias

from harness.graph import upsampling
from harness.graph.kinds import ACTIVATIONS, MERGES
from harness.graph.model import elements, integers, reduced
from harness.graph.reach import ReceptiveField, read, smaller, union
from harness.graph.windows import window

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from harness.graph.model import Graph, Operator

Axes: TypeAlias = tuple[ReceptiveField | None, ...]
"""For each axis of a tensor its field, None for batch and channels."""
Fields: TypeAlias = Axes | None
"""None altogether when an element sees the whole image."""

_ELEMENTWISE = frozenset({
    *ACTIVATIONS, *MERGES, "BatchNormalization", "LRN", "Dropout", "Identity", "Cast", "CastLike",
    "Pow", "Exp", "Log", "Sqrt", "Neg", "Abs", "Erf", "Reciprocal", "QuantizeLinear",
    "DequantizeLinear",
})  # fmt: skip


def of_image(rank: int, spatial: tuple[int, ...]) -> Fields:
    """Return the fields of the image itself: each pixel sees itself."""
    return tuple(ReceptiveField() if axis in spatial else None for axis in range(rank))


def follow(
    node: Operator, known: Mapping[str, Fields], graph: Graph, *, narrowest: bool = False
) -> Fields:
    """Return the fields of a node's output from those of the computed tensors before it.

    Whatever is not known to keep to a window (global pooling, flattening, a dense layer or a
    normalisation over positions) is taken to see the whole image. `narrowest` follows the path
    that sees least instead of all of them.
    """
    inputs = {name: known[name] for name in node.inputs if name in known}
    given = {name: fields for name, fields in inputs.items() if fields is not None}
    if not given or (len(given) < len(inputs) and not narrowest):
        return None
    if node.op in _ELEMENTWISE:
        return _narrowest(node, given, graph) if narrowest else _union(node, given, graph)
    rule = _RULES.get(node.op)
    return rule(node, given[node.inputs[0]], graph) if rule and node.inputs[0] in given else None


def _slide(node: Operator, fields: Axes, graph: Graph) -> Fields:
    sliding = window(node, graph)
    return _spatial(
        fields,
        [
            ([[tap * dilation - before for tap in range(taps)]], stride)
            for taps, stride, (before, _), dilation in sliding.axes()
        ],
    )


def _transposed(node: Operator, fields: Axes, graph: Graph) -> Fields:
    return _spatial(fields, [(upsampling.taps(*axis), 1) for axis in window(node, graph).axes()])


def _resize(node: Operator, fields: Axes, graph: Graph) -> Fields:
    taps = upsampling.resized(node, graph)
    if taps is None or fields[:2] != (None, None):
        return None
    return _spatial(fields, [(each, 1) for each in taps])


def _spatial(fields: Axes, reads: Sequence[tuple[Sequence[Sequence[int]], int]]) -> Fields:
    """Return the fields of what reads the spatial axes so, channels being the second axis."""
    moved: list[ReceptiveField | None] = [None, None]
    for field, (taps, advance) in zip(fields[2:], reads, strict=True):
        if field is None:
            return None
        moved.append(read(field, taps, advance))
    return tuple(moved)


def _union(node: Operator, given: Mapping[str, Axes], graph: Graph) -> Fields:
    """Return what covers the fields of all inputs, axes aligned from the last."""
    shape = graph.shapes[node.outputs[0]]
    united: list[ReceptiveField | None] = [None] * len(shape)
    for name, fields in given.items():
        source, lead = graph.shapes[name], len(shape) - len(fields)
        for axis, field in enumerate(fields, start=lead):
            if field is None:
                continue
            other = united[axis] or field
            if source[axis - lead] != shape[axis] or other.jump != field.jump:
                return None  # positions do not correspond: a broadcast, a concatenation along them
            united[axis] = union(field, other)
    return tuple(united)


def _narrowest(node: Operator, given: Mapping[str, Axes], graph: Graph) -> Fields:
    """Return the smallest field of the inputs whose positions are those of the output."""
    alone = (_union(node, {name: fields}, graph) for name, fields in given.items())
    axes = [
        [field for field in axis if field]
        for axis in zip(*(fields for fields in alone if fields is not None), strict=True)
    ]
    if not axes or any(len({field.jump for field in axis}) > 1 for axis in axes):
        return None
    return tuple(reduce(smaller, axis) if axis else None for axis in axes)


def _dense(node: Operator, fields: Axes, graph: Graph) -> Fields:
    mixes = fields[-1] is not None or node.inputs[1] in graph.computed
    return None if mixes else fields


def _reshape(node: Operator, fields: Axes, graph: Graph) -> Fields:
    """Follow the axes that a reshape keeps: same length, same elements after them."""
    source, target = graph.shapes[node.inputs[0]], graph.shapes[node.outputs[0]]
    places = {
        (length, elements(source[axis + 1 :])): field
        for axis, (length, field) in enumerate(zip(source, fields, strict=True))
        if field is not None
    }
    kept = tuple(
        places.pop((length, elements(target[axis + 1 :])), None)
        for axis, length in enumerate(target)
    )
    return None if places else kept


def _transpose(node: Operator, fields: Axes, _graph: Graph) -> Fields:
    order = node.attributes.get("perm") or range(len(fields))[::-1]
    return tuple(fields[axis] for axis in order)


def _along_axis(node: Operator, fields: Axes, _graph: Graph) -> Fields:
    default = 0 if node.op == "Split" else -1
    return fields if fields[node.attributes.get("axis", default)] is None else None


def _from_axis(node: Operator, fields: Axes, _graph: Graph) -> Fields:
    return None if any(fields[node.attributes.get("axis", -1) :]) else fields


def _reduce(node: Operator, fields: Axes, graph: Graph) -> Fields:
    axes = reduced(node, graph)
    if any(fields[axis] for axis in axes):
        return None
    if node.attributes.get("keepdims", 1):
        return fields
    return tuple(field for axis, field in enumerate(fields) if axis not in axes)


def _pad(node: Operator, fields: Axes, graph: Graph) -> Fields:
    pads = integers(node, "pads", 1, graph)
    axes = integers(node, "axes", 3, graph) or range(len(fields))
    if pads is None:
        return None
    moved = list(fields)
    for axis, before in zip(axes, pads, strict=False):
        if field := moved[axis]:
            moved[axis] = read(field, [[-before]], 1)
    return tuple(moved)


def _slice(node: Operator, fields: Axes, graph: Graph) -> Fields:
    starts = integers(node, "starts", 1, graph)
    if starts is None:
        return None
    axes = integers(node, "axes", 3, graph) or range(len(starts))
    steps = integers(node, "steps", 4, graph) or (1,) * len(starts)
    moved = list(fields)
    for axis, start, step in zip(axes, starts, steps, strict=True):
        field, length = moved[axis], graph.shapes[node.inputs[0]][axis]
        if field is None or length is None:
            continue
        if step < 1:
            return None
        first = max(start + length, 0) if start < 0 else min(start, length)
        moved[axis] = read(field, [[first]], step)
    return tuple(moved)


_RULES: dict[str, Callable[[Operator, Axes, Graph], Fields]] = {
    **dict.fromkeys(("Conv", "MaxPool", "AveragePool", "LpPool"), _slide),
    **dict.fromkeys(("Gemm", "MatMul"), _dense),
    **dict.fromkeys(("Reshape", "Flatten", "Squeeze", "Unsqueeze"), _reshape),
    **dict.fromkeys(("ReduceMean", "ReduceMax", "ReduceSum", "ReduceL2"), _reduce),
    **dict.fromkeys(("Softmax", "LogSoftmax", "Split"), _along_axis),
    **dict.fromkeys(("LayerNormalization", "RMSNormalization"), _from_axis),
    **dict.fromkeys(("Resize", "Upsample"), _resize),
    "ConvTranspose": _transposed,
    "Transpose": _transpose,
    "Pad": _pad,
    "Slice": _slice,
}
