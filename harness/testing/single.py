"""One of ONNX's cases of an operator as a graph that a session can take."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from harness import oracle

if TYPE_CHECKING:
    from typing import Any

    import onnx
    from numpy.typing import NDArray

    from harness.testing.cases import NodeCase

    Array: TypeAlias = NDArray[Any]

EXPORTED = 20
"""The opset in which a case is asked, where it means the same there: an engine that lags behind
the newest computes what is exported all the same."""
FLOATS = "efd"
"""NumPy's letters for half, single and double precision."""


def fits(case: NodeCase) -> bool:
    """Return whether a session can take a case: float32 with a batch first, and floats back.

    Those of training do not fit, which are random, nor do types that NumPy has not of its own.
    """
    return (
        _place(case) is not None
        and all(each.dtype.isbuiltin == 1 for each in case.inputs)
        and any(each.dtype.char in FLOATS for each in case.outputs)
        and "training" not in case.name
    )


def batch(case: NodeCase) -> NDArray[np.float32]:
    """Return the first of a case's inputs that a session can take."""
    place = _place(case)
    if place is None:
        message = f"{case.name} has no batch of float32"
        raise ValueError(message)
    return case.inputs[place]


def wanted(case: NodeCase) -> dict[str, Array]:
    """Return the floats that have to come out, by the output's name."""
    named = zip(case.model.graph.output, case.outputs, strict=True)
    return {each.name: value for each, value in named if value.dtype.char in FLOATS}


def slack_in(precision: str) -> float:
    """Return how much further off than float32, for which the cases are, a precision may be.

    Relative to the largest value, as networks' outputs are.
    """
    allowed = oracle.TOLERANCE.get(precision, 0.0)
    return allowed if allowed > oracle.TOLERANCE["fp32"] else 0.0


def difference(got: Array, right: Array, case: NodeCase, slack: float = 0.0) -> str:
    """Return where an output is not what it has to be, or ""."""
    if got.shape != right.shape or got.dtype.kind != "f":
        return f"answers {got.dtype} {got.shape}, not {right.dtype} {right.shape}"
    largest = np.abs(right[np.isfinite(right)]).max(initial=0.0)
    atol = case.atol + slack * float(largest)
    with np.errstate(all="ignore"):  # infinities that are right are subtracted as well
        near = np.isclose(got, right, rtol=case.rtol, atol=atol, equal_nan=True)
        distance = np.nan_to_num(np.abs(got - right), nan=np.inf)
    if near.all():
        return ""
    worst = np.where(near, -1.0, distance).argmax()
    return (
        f"{near.size - near.sum()} of {near.size} cells, "
        f"{got.flat[worst]:.4g} where {right.flat[worst]:.4g} is right"
    )


def network(case: NodeCase) -> onnx.ModelProto:
    """Return the case's graph with all inputs but the batch as constants."""
    import onnx
    from onnx import helper, numpy_helper

    model = onnx.ModelProto()
    model.CopyFrom(case.model)
    graph, place = model.graph, _place(case)
    held = {each.name for each in graph.initializer}
    inputs = [each for each in graph.input if each.name not in held]
    del graph.input[:]
    for number, (each, value) in enumerate(zip(inputs, case.inputs, strict=True)):
        if number == place:
            graph.input.append(each)
        else:
            graph.initializer.append(numpy_helper.from_array(value, each.name))
    model.ir_version = helper.find_min_ir_version_for(model.opset_import)
    return _as_exported(model, case)


def _place(case: NodeCase) -> int | None:
    places = (
        number
        for number, each in enumerate(case.inputs)
        if each.dtype == np.float32 and each.ndim > 0
    )
    return next(places, None)


def _as_exported(model: onnx.ModelProto, case: NodeCase) -> onnx.ModelProto:
    """Return the graph in the opset of exports, if ONNX's own evaluator answers the same in it."""
    import onnx
    from onnx import helper
    from onnx.reference import ReferenceEvaluator

    if model.opset_import[0].version <= EXPORTED:
        return model
    older = onnx.ModelProto()
    older.CopyFrom(model)
    older.opset_import[0].version = EXPORTED
    older.ir_version = helper.find_min_ir_version_for(older.opset_import)
    try:
        onnx.checker.check_model(older, full_check=True)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # some cases divide by zero on purpose
            outputs = ReferenceEvaluator(older).run(None, {older.graph.input[0].name: batch(case)})
    except Exception:  # noqa: BLE001 - of whatever kind, the case cannot be said in it
        return model
    answers = dict(zip([each.name for each in older.graph.output], outputs, strict=True))
    same = not any(
        difference(np.asarray(answers[name]), right, case) for name, right in wanted(case).items()
    )
    return older if same else model
