"""The first operator at which a backend parts from the reference."""

from __future__ import annotations

import math
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from harness.errors import UsageError
from harness.oracle import relative_difference
from harness.session import LoadOptions, fitting
from harness.testing import truncation
from harness.testing.models import ONNX
from harness.testing.refusals import let_pass
from harness.worker import load

if TYPE_CHECKING:
    from collections.abc import Sequence

    from onnx import ModelProto

    from harness.offers import Backend
    from harness.session import Batch, Outputs
    from harness.testing.truncation import Whole
    from harness.types import Artefact

AT_ONCE = 7
"""Places in the graph up to which the reference, the slower of the two, is asked in one pass."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Divergence:
    """The node whose output is wrong although what it reads is right.

    Differences are max|ours - reference| / max|reference|.
    """

    operator: str
    node: str
    """Its name in the file; may be empty."""
    output: str
    """The tensor that it makes."""
    difference: float | None
    """Of that tensor; None where ours is not finite or has another shape."""
    before: float
    """The largest difference among the tensors that it reads."""
    nodes: int
    """How many the output depends on, constants left out."""
    position: int
    """Which of them it is, from 1; 0 where it is none, and the backend changes any output."""
    alone: bool | None = None
    """Whether it is wrong as well when it is the whole graph and is given what the reference has;
    if not, it is wrong in company, as in a fusion. None where it could not be asked."""

    def __str__(self) -> str:
        """Return where it is, and what happens there."""
        shown = "" if self.difference is None else f"{self.difference:.2g}"
        if not self.position:
            return (
                "no node: the backend changes any output; a graph that only passes its input on is "
                f"{f'off by {shown}' if shown else 'infinite or misshapen'}"
            )
        company = "; right by itself" if self.alone is False else ""
        return (
            f"{self.operator} node {self.node or self.output} ({self.position} of {self.nodes}): "
            f"{self.before:.2g} before, {shown or 'infinite or misshapen'} after{company}"
        )


def first_divergence(  # noqa: PLR0913 - each names one thing that the answer depends on
    backend: Backend,
    reference: Backend,
    artefact: Artefact,
    batch: Batch,
    *,
    allowed: float,
    threads: int = 1,
    device: str = "cpu",
    precision: str = "fp32",
) -> Divergence | None:
    """Return where a backend parts from the reference on some images; None when it does not.

    The nodes are bisected. After some of them, each tensor that is still needed is made by a copy
    of the model that ends there, and held against the reference's. A copy that the backend
    refuses is passed over, so the node is the first one that is seen to be wrong. Where the whole
    model is wrong and no shorter copy is, that is the last node, right by itself. Where a graph
    that only passes its input on is wrong as well, no node is looked for. A fault that lets rows
    depend on each other needs several images to be seen.
    Raises `UsageError` for a backend that takes no ONNX.
    """
    forms = artefact.manifest.forms
    chosen = fitting(backend, {*ONNX} & forms.keys())
    if not chosen:
        message = (
            f"{backend.name} takes {', '.join(backend.formats)}, the model has {', '.join(forms)}: "
            f"where it parts from the reference is found in {' or '.join(ONNX)} alone"
        )
        raise UsageError(message)
    if fixed := forms[chosen].details.get("batch"):
        batch = np.resize(batch, (fixed, *batch.shape[1:]))
    options = LoadOptions(
        format=chosen, device=device, precision=precision, threads=threads, batch_size=len(batch)
    )
    comparison = Comparison(
        backend=backend,
        reference=reference,
        artefact=artefact,
        whole=truncation.read(artefact, chosen),
        batch=batch,
        options=options,
    )
    if comparison.of_the_whole() <= allowed:
        return None
    return _of_any_output(comparison, allowed) or _first(comparison, allowed)


@dataclass(slots=True, kw_only=True)
class Comparison:
    """A backend and the reference on the same images, tensor by tensor."""

    backend: Backend
    reference: Backend
    artefact: Artefact
    whole: Whole
    batch: Batch
    options: LoadOptions
    known: dict[str, float | None] = field(default_factory=dict)
    """Differences by tensor; None where the backend refuses, or the reference is not finite."""
    made: dict[str, Outputs] = field(default_factory=dict)
    """The reference's tensors that its last pass made."""

    def of_the_whole(self) -> float:
        """Return the difference of the outputs; what the backend raises is not caught."""
        output = self.whole.output
        ours = load(self.backend, self.artefact, self.options).session(self.batch)
        self.known[output] = distance = _distance(ours, self.truth([output])[output])
        return distance or 0.0

    def differences(self, tensors: Sequence[str]) -> dict[str, float]:
        """Return the differences of those tensors that can be compared."""
        new = [name for name in tensors if name not in self.known]
        answers = {name: self.ours([self.whole.image], name, self.batch) for name in new}
        truth = self.truth([name for name, answer in answers.items() if answer is not None])
        for name, answer in answers.items():
            self.known[name] = None if answer is None else _distance(answer, truth[name])
        found = {name: self.known[name] for name in tensors}
        return {name: value for name, value in found.items() if value is not None}

    def ours(self, given: Sequence[str], wanted: str, batch: Batch) -> Outputs | None:
        """Return the tensor that the backend makes of others; None when it refuses."""
        return self.answered(truncation.cut(self.whole, given, [wanted]), batch)

    def answered(self, part: ModelProto, batch: Batch) -> Outputs | None:
        """Return the backend's answer to a part of the model; None when it refuses."""
        try:
            return np.asarray(self._answer(self.backend, part, self.options, batch))
        except Exception as error:  # noqa: BLE001 - a plugin's own; it costs a part, not the search
            let_pass(error)
            return None

    def truth(self, tensors: Sequence[str]) -> dict[str, Outputs]:
        """Return the reference's tensors in float64, all from one pass, the last or a new one."""
        if not self.made.keys() >= {*tensors}:
            part = truncation.cut(self.whole, [self.whole.image], tensors)
            options = replace(self.options, device="cpu", precision="fp64")
            packed = self._answer(self.reference, part, options, self.batch)
            shapes = [self.whole.shapes[name] for name in tensors]
            bounds = np.cumsum([math.prod(shape) for shape in shapes])[:-1]
            columns = np.split(packed.reshape(len(packed), -1), bounds, axis=1)
            self.made = {
                name: column.reshape(-1, *shape)
                for name, column, shape in zip(tensors, columns, shapes, strict=True)
            }
        return {name: self.made[name] for name in tensors}

    def _answer(
        self, backend: Backend, part: ModelProto, options: LoadOptions, batch: Batch
    ) -> Outputs:
        with tempfile.TemporaryDirectory(prefix="harness-") as folder:
            copy = truncation.write(part, self.artefact, options.format, Path(folder))
            return load(backend, copy, options).session(batch)


def _of_any_output(comparison: Comparison, allowed: float) -> Divergence | None:
    """Return what the backend does to an image that is only to be handed on, if that is wrong."""
    whole, image = comparison.whole, comparison.batch
    ours = comparison.answered(truncation.passing_on(whole), image)
    distance = None if ours is None else _distance(ours, image.astype(np.float64))
    if distance is None or distance <= allowed:
        return None
    return Divergence(
        operator="Identity",
        node="",
        output=whole.output,
        difference=distance if np.isfinite(distance) else None,
        before=0.0,
        nodes=len(whole.steps),
        position=0,
        alone=True,
    )


def _first(comparison: Comparison, allowed: float) -> Divergence:
    """Return the first node seen to be wrong in a model that is."""
    whole = comparison.whole
    low, high = _bisected(comparison, allowed)
    agreed = comparison.differences(whole.live(low))
    handed = comparison.differences([name for name in whole.live(high) if name not in agreed])
    output = next(name for name, difference in handed.items() if difference > allowed)
    position, step = next(
        (position, step) for position, step in enumerate(whole.steps, 1) if output in step.output
    )
    read = [name for name in dict.fromkeys(truncation.reads(step)) if name in whole.shapes]
    before = comparison.differences([name for name in read if name != whole.image]) or agreed
    difference = handed[output]
    return Divergence(
        operator=step.op_type,
        node=step.name,
        output=output,
        difference=difference if np.isfinite(difference) else None,
        before=max(before.values(), default=0.0),
        nodes=len(whole.steps),
        position=position,
        alone=_alone(comparison, read, output, allowed),
    )


def _bisected(comparison: Comparison, allowed: float) -> tuple[int, int]:
    """Return two counts: so many nodes still hand on what is right, so many what is wrong.

    They are as close as what the backend refuses allows.
    """
    whole = comparison.whole
    low, high = 0, len(whole.steps)
    made = (whole.shapes.keys().isdisjoint(step.output) for step in whole.steps[:-1])
    waiting = [count for count, nothing in enumerate(made, 1) if not nothing]
    ready: list[int] = []
    while waiting:
        if not ready:
            step = -(-len(waiting) // AT_ONCE)
            ready = waiting[step // 2 :: step]
            live = (name for count in ready for name in whole.live(count))
            comparison.truth(list(dict.fromkeys(live)))
        middle = ready[len(ready) // 2]
        found = comparison.differences(whole.live(middle)).values()
        waiting.remove(middle)
        if found and max(found) > allowed:
            high, waiting = middle, [count for count in waiting if count < middle]
        elif found:
            low, waiting = middle, [count for count in waiting if count > middle]
        ready = [count for count in ready if count in waiting]
    return low, high


def _alone(
    comparison: Comparison, given: Sequence[str], output: str, allowed: float
) -> bool | None:
    """Return whether a node is wrong by itself, on what the reference gives it."""
    whole = comparison.whole
    truth = comparison.truth([*(name for name in given if name != whole.image), output])
    tensors = [truth.get(name, comparison.batch) for name in given]
    if len(given) > 1:
        tensors = [np.concatenate([each.reshape(len(each), -1) for each in tensors], axis=1)]
    ours = comparison.ours(given, output, tensors[0].astype(np.float32)) if given else None
    distance = None if ours is None else _distance(ours, truth[output])
    return None if distance is None else distance > allowed


def _distance(ours: Outputs, truth: Outputs) -> float | None:
    """Return the relative difference; None where the reference is not finite."""
    if not np.isfinite(truth).all():
        return None
    return relative_difference(ours, truth) if ours.shape == truth.shape else math.inf
