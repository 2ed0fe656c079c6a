"""Whether the rows of a batch may be asked apart: whether no step mixes them."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from harness_numpy.graph import Step
    from harness_numpy.operator import Array

SIZES = frozenset({"Shape", "Size"})
"""What they give holds nothing of the pixels."""


def separable(steps: Iterable[Step], source: str, constants: Mapping[str, Array]) -> bool:
    """Return whether no step works along the first axis of what comes from the input.

    That is told from the axes that steps state; a reshape that puts rows together is not seen.
    """
    rows = {source}
    for step in steps:
        if step.kind in SIZES or rows.isdisjoint(step.inputs):
            continue
        if 0 in _axes(step, constants):
            return False
        rows |= {*step.outputs}
    return True


def _axes(step: Step, constants: Mapping[str, Array]) -> list[int]:
    """Return the axes along which a step works; all that are computed may be the first."""
    parameters = inspect.signature(step.compute).parameters
    given: dict[str, Any] = {name: each.default for name, each in parameters.items()}
    given |= {
        name: constants.get(tensor, np.zeros(1))
        for name, tensor in zip(parameters, step.inputs, strict=False)
        if tensor
    }
    given |= step.attributes
    if "perm" in given:
        return [] if given["perm"] and given["perm"][0] == 0 else [0]
    axes = given.get("axes", given.get("axis"))
    if axes is None:
        everywhere = step.kind == "Slice" or step.kind.startswith("Reduce")
        return [0] if everywhere else []
    return [int(axis) for axis in np.ravel(axes)]
