"""Walk the steps of a graph, dropping every tensor after its last use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness import ModelError

if TYPE_CHECKING:
    from harness.session import Batch, Outputs
    from harness_numpy.graph import Graph, Step
    from harness_numpy.operator import Array


def run(graph: Graph, batch: Batch) -> Outputs:
    """Return the graph's output for a batch, in the graph's precision."""
    values: dict[str, Array] = dict(graph.weights)
    with np.errstate(all="ignore"):  # infinities and NaNs pass through, as in every other runtime
        values[graph.input] = batch.astype(graph.dtype, copy=False)
        for step in graph.steps:
            _take(step, values)
            for name in step.dead:
                values.pop(name, None)
    return np.asarray(values[graph.output], dtype=graph.real)


def _take(step: Step, values: dict[str, Array]) -> None:
    """Compute a step and put its outputs among the values."""
    inputs = [values[name] if name else None for name in step.inputs]
    attributes = step.attributes
    if step.overwrites and isinstance(inputs[0], np.ndarray):  # else a number: NumPy's own scalar
        attributes = attributes | {"out": inputs[0]}
    try:
        result = step.compute(*inputs, **attributes)
    except ModelError as reason:
        message = f"{step.kind} node {step.name!r}: {reason}"
        raise ModelError(message) from reason
    except Exception as error:
        error.add_note(f"in the {step.kind} node {step.name!r}")
        raise
    outputs = result if isinstance(result, tuple) else (result,)
    values.update(zip(step.outputs, outputs, strict=False))
    absent = [name for name in step.outputs[len(outputs) :] if name not in step.dead and name]
    if absent:
        message = f"{step.kind} node {step.name!r}: its output {absent[0]} is not supported"
        raise ModelError(message)
