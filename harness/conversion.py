"""Walk a model from the form that its source gives to every format that a backend takes."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np

from harness import environment, oracle, worker
from harness.catalog import missing
from harness.errors import ModelError
from harness.session import LoadOptions

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from harness.catalog import Catalogs
    from harness.offers import Backend, Converter
    from harness.types import Artefact, Form, Node

TOLERANCE = 1e-4
"""Largest relative difference between two forms of one model; beyond it the model is refused."""


def path(start: Node, format: str, converters: Iterable[Converter]) -> list[Converter] | None:  # noqa: A002 - the field's own word
    """Return the shortest way from a node to a format, by preference among equals.

    An empty list when the node has that format already; None when no way leads there.
    """
    steps = list(converters)
    reached: list[tuple[Node, list[Converter]]] = [(start, [])]
    seen = {start}
    while reached:
        arrived = [way for node, way in reached if node.format == format]
        if arrived:
            return max(arrived, key=lambda way: sum(step.preference for step in way))
        reached = [
            (step.target, [*way, step])
            for (node, way), step in itertools.product(reached, steps)
            if step.source == node and step.target not in seen
        ]
        seen |= {node for node, _ in reached}
    return None


def convert(
    form: Form, formats: Iterable[str], folder: Path, catalogs: Catalogs
) -> dict[str, Form]:
    """Return the model in each of the formats that can be reached, by format."""
    usable = [each for each in catalogs.converters if not missing(each)]
    forms = {form.node: form}
    for format in formats:  # noqa: A001 - the field's own word
        at = form
        for step in path(form.node, format, usable) or []:
            if step.target not in forms:
                forms[step.target] = step.convert(at, folder)
            at = forms[step.target]
    return {node.format: each for node, each in forms.items()}


def versions(catalogs: Catalogs) -> dict[str, str]:
    """Return the versions of all that a conversion rests on; a new one converts anew."""
    needed = {name for each in catalogs.converters for name in each.requires}
    owners = {*catalogs.converters.owners.values(), *catalogs.model_sources.owners.values()}
    return (
        {"harness": environment.harness_version()}
        | {owner.name: owner.version for owner in owners}
        | environment.versions(sorted(needed))
    )


def check(artefact: Artefact, judge: Backend) -> dict[str, float]:
    """Return how far the two graphs lie from each other, and from the outputs at the source.

    The oracle runs both in float64 on the inputs kept when the structure graph was made. Raises
    `ModelError` when they are further apart than `TOLERANCE`.
    """
    forms = artefact.manifest.forms
    kept = forms["structure"].details.get("reference")
    if kept is None or "onnx" not in forms:
        return {}
    with np.load(artefact.folder / kept, allow_pickle=False) as reference:
        inputs, outputs = reference["input"], reference["output"]
    answers = {"source": outputs}
    for format in ("structure", "onnx"):  # noqa: A001 - the field's own word
        loaded = worker.load(judge, artefact, LoadOptions(format=format, precision="fp64"))
        answers[format] = loaded.session(inputs)
    found = {
        f"{one} ~ {other}": oracle.relative_difference(answers[other], answers[one])
        for one, other in (("source", "structure"), ("structure", "onnx"))
    }
    for pair, difference in found.items():
        if not difference <= TOLERANCE:
            message = (
                f"{artefact.manifest.model}: {pair} differ by {difference:.2g} "
                f"where {TOLERANCE:g} is allowed; the conversion cannot be trusted"
            )
            raise ModelError(message)
    return found
