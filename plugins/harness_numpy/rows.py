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

EVERYWHERE = frozenset({"Slice", "Squeeze"})
"""Operators, beside reductions, that work along all axes, or the first ones, if they name none."""


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
    if step.kind == "Reshape":
        stated = constants.get(step.inputs[1])
        return [] if stated is None or (stated.size and stated[0] in {0, -1}) else [0]
    axes = given.get("axes", given.get("axis"))
    if axes is None:
        return [0] if step.kind in EVERYWHERE or step.kind.startswith("Reduce") else []
    return [int(axis) for axis in np.ravel(axes)]
