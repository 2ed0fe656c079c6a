"""An ONNX file, decoded once into weights and steps."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from harness import ModelError
from harness_numpy import decoding, fallback, kernel
from harness_numpy.fallback import line
from harness_numpy.reuse import overwriting
from harness_numpy.rows import separable

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from onnx import GraphProto, ModelProto

    from harness_numpy.operator import Array, Operator

OLDEST = 7
"""The opset from which on broadcasting is NumPy's; older files are converted to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One node, ready to compute."""

    kind: str
    """The operator's name in the specification."""
    name: str
    compute: Operator
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: dict[str, Any]
    dead: tuple[str, ...]
    """The tensors that no later step reads."""
    overwrites: bool = False
    """Whether the result takes the memory of the first input."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """What it takes to compute one output from one input."""

    input: str
    dtype: np.dtype[Any]
    """The input's."""
    output: str
    real: np.dtype[Any]
    """What every floating-point tensor is held in."""
    weights: dict[str, Array]
    steps: tuple[Step, ...]
    separable: bool
    """Whether the rows of a batch may be asked apart."""
    work: float
    """More multiplications than a row takes: every weight at every pixel; infinite if unknown."""
    fallback: dict[str, int]
    """How many nodes of each operator `harness_numpy.fallback` computes."""


def read(path: Path, *, output: str | None, real: np.dtype[Any]) -> Graph:
    """Decode the file and keep what `output` (default: the graph's first) depends on.

    Raises `ModelError` for a file that is broken or needs what this backend lacks.
    """
    model = _model(path)
    graph = model.graph
    known = [each.name for each in graph.output]
    if not known or (output is not None and output not in known):
        message = f"{path}: no output {output or ''!r}; known: {', '.join(known) or 'none'}"
        raise ModelError(message)
    source = _input(graph, path)
    try:
        weights = {each.name: decoding.array(each, real) for each in graph.initializer}
        constants = weights | _constants(model, real)
        steps, elsewhere = _steps(model, output or known[0], constants, real)
    except (ModelError, ValueError) as reason:
        message = f"{path}: {line(reason)}"
        raise ModelError(message) from reason
    _check_complete(steps, {source.name, *weights}, path)
    return Graph(
        input=source.name,
        dtype=decoding.dtype(source.type.tensor_type.elem_type, real),
        output=output or known[0],
        real=real,
        weights=weights,
        steps=tuple(overwriting(steps, output or known[0])),
        separable=_is_dynamic(source)
        and not elsewhere
        and separable(steps, source.name, constants),
        work=_pixels(source) * sum(each.size for each in constants.values()),
        fallback=elsewhere,
    )


def _model(path: Path) -> ModelProto:
    """Return the file as one flat graph: what it defines itself is replaced by its nodes."""
    import onnx
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
    from onnx import inliner

    refusals = DecodeError, onnx.checker.ValidationError, OSError, RuntimeError, ValueError
    try:
        # the loader refuses weights that lie outside the model's folder
        model = onnx.load(path)
        if model.functions:
            model = inliner.inline_local_functions(model)
    except refusals as reason:
        message = f"{path}: cannot be read as ONNX: {line(reason)}"
        raise ModelError(message) from reason
    opset = _opsets(model).get("", OLDEST)
    return model if opset >= OLDEST else _converted(model, opset, path)


def _converted(model: ModelProto, opset: int, path: Path) -> ModelProto:
    from onnx import version_converter

    try:
        _check_slopes(model)
        return version_converter.convert_version(model, OLDEST)
    except Exception as reason:
        message = f"{path}: cannot be brought from opset {opset} to {OLDEST}: {line(reason)}"
        raise ModelError(message) from reason


def _check_slopes(model: ModelProto) -> None:
    """Raise `ModelError` for what the converter would get wrong: slopes by channel (PRelu-6)."""
    slopes = {node.input[1] for node in model.graph.node if node.op_type == "PRelu"}
    if any(each.name in slopes and math.prod(each.dims) > 1 for each in model.graph.initializer):
        message = "PRelu with a slope for each channel in an opset before 7; export it again"
        raise ModelError(message)


def _opsets(model: ModelProto) -> dict[str, int]:
    return {decoding.domain(each.domain): each.version for each in model.opset_import}


def _input(graph: GraphProto, path: Path) -> Any:  # noqa: ANN401 - ValueInfoProto has no stub
    weights = {each.name for each in graph.initializer}  # older files list them as inputs as well
    inputs = [each for each in graph.input if each.name not in weights]
    if len(inputs) != 1:
        names = ", ".join(each.name for each in inputs) or "none"
        message = f"{path}: an image classifier has one input, this graph has: {names}"
        raise ModelError(message)
    return inputs[0]


def _constants(model: ModelProto, real: np.dtype[Any]) -> dict[str, Array]:
    """Return the values of the nodes that only state one."""
    opset = _opsets(model).get("", OLDEST)
    stating = [each for each in model.graph.node if each.op_type == "Constant"]
    own = {each.output[0]: kernel.own(each, opset, {}, real) for each in stating}
    return {name: np.asarray(each[0](**each[1])) for name, each in own.items() if each}


def _is_dynamic(source: Any) -> bool:  # noqa: ANN401 - ValueInfoProto has no stub
    dims = source.type.tensor_type.shape.dim
    return bool(dims) and not dims[0].dim_value


def _pixels(source: Any) -> float:  # noqa: ANN401 - ValueInfoProto has no stub
    """Return the height times the width of the input, where both are stated."""
    sides = [each.dim_value for each in source.type.tensor_type.shape.dim[2:]]
    return math.prod(sides) if all(sides) else math.inf


def _steps(
    model: ModelProto, output: str, constants: dict[str, Array], real: np.dtype[Any]
) -> tuple[tuple[Step, ...], dict[str, int]]:
    """Walk back from the output: skip what it does not need, and see where a tensor dies.

    Returns the steps, and how many nodes of each operator the fallback computes.
    """
    opsets = _opsets(model)
    alive = {output}
    steps = []
    elsewhere: Counter[str] = Counter()
    for node in reversed(model.graph.node):
        if alive.isdisjoint(node.output):
            continue
        node.domain = decoding.domain(node.domain)
        inputs, outputs = tuple(node.input), tuple(node.output)
        own = kernel.own(node, opsets.get(node.domain, 0), constants, real)
        if own is None:
            inputs += tuple(sorted(fallback.captured(node) - {*inputs}))
            outputs = tuple(name for name in outputs if name)
            own = fallback.computed(node, opsets, inputs, real), {}
            elsewhere.update(fallback.operators(node))
        compute, attributes = own
        steps.append(
            Step(
                kind=node.op_type,
                name=node.name,
                compute=compute,
                inputs=inputs,
                outputs=outputs,
                attributes=attributes,
                dead=tuple({*inputs, *outputs} - alive - {""}),
            )
        )
        alive |= {*inputs} - {""}
    return tuple(reversed(steps)), dict(elsewhere)


def _check_complete(steps: Iterable[Step], known: set[str], path: Path) -> None:
    for step in steps:
        missing = {*step.inputs} - known - {""}
        if missing:
            message = (
                f"{path}: {step.kind} node {step.name!r} reads {', '.join(sorted(missing))}, "
                "which nothing before it gives; export the model again"
            )
            raise ModelError(message)
        known |= {*step.outputs}
