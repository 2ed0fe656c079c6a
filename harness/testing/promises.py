"""What a loaded session promises about its answers: one question each."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from threading import Barrier
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from harness import oracle
from harness.testing.models import sample_batch

if TYPE_CHECKING:
    from harness.offers import Backend
    from harness.session import Batch, Loaded, LoadOptions, Outputs
    from harness.testing.checks import Grade
    from harness.types import Artefact

    Found: TypeAlias = tuple[Grade, str]
    """A grade and its detail."""

TURNS = 5
"""How often each of several threads asks: one meeting at the start may go well by luck."""
PATIENCE = 60.0
"""Seconds until a submitted batch counts as lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A backend with a model loaded, and the batch size that it is asked about."""

    backend: Backend
    artefact: Artefact
    options: LoadOptions
    loaded: Loaded
    size: int
    fixed: bool
    """Whether no other batch size is taken."""

    @property
    def repeatable(self) -> float:
        """Return the relative difference between two answers to one question that is rounding."""
        return oracle.TOLERANCE.get(self.options.precision, oracle.TOLERANCE["fp32"]) / 100

    def batches(self, count: int) -> list[Batch]:
        """Return so many different batches."""
        rows, size = sample_batch(self.artefact, count * self.size), self.size
        return [rows[start : start + size] for start in range(0, len(rows), size)]

    def ask(self, batch: Batch) -> Outputs:
        """Return an answer that nothing can change any more, to a batch that nothing has changed.

        So that a backend that breaks one promise is not blamed for others as well.
        """
        return np.array(self.loaded.session(batch.copy()))


def shapes_and_types(subject: Subject) -> Found:
    """Ask batches of several sizes, where more than one is taken."""
    size, classes = subject.size, subject.artefact.manifest.num_classes
    for count in (size,) if subject.fixed else (size, 1, size + 2):
        outputs = subject.loaded.session(sample_batch(subject.artefact, count))
        shape = (count, classes)
        if not isinstance(outputs, np.ndarray):
            return "fail", f"answers a {type(outputs).__name__}, not an array"
        if outputs.shape != shape or outputs.dtype.kind != "f":
            return "fail", f"answers {outputs.dtype} {outputs.shape}, not floats {shape}"
        if not np.isfinite(outputs).all():
            return "fail", "an output is not finite"
    return "pass", f"{outputs.dtype}, N x {classes}"


def batch_of_one(subject: Subject) -> Found:
    """Ask each row alone."""
    if subject.fixed:
        return "not applicable", f"it takes batches of {subject.size} alone"
    (batch,) = subject.batches(1)
    alone = np.concatenate([subject.ask(batch[row : row + 1]) for row in range(len(batch))])
    difference = oracle.relative_difference(alone, subject.ask(batch))
    if difference > 10 * subject.repeatable:  # other sizes may be summed in another order
        return "fail", f"a row's answer depends on the other rows of its batch, by {difference:.2g}"
    return "pass", f"off by {difference:.2g}"


def asked_again(subject: Subject) -> Found:
    """Ask one batch at once again, and once more after another."""
    batch, other = subject.batches(2)
    first, second, _, third = map(subject.ask, (batch, batch, other, batch))
    difference = max(oracle.relative_difference(each, first) for each in (second, third))
    if difference > subject.repeatable:
        return "fail", f"answers differently when asked again, by {difference:.2g}"
    return "pass", f"off by {difference:.2g}"


def input_untouched(subject: Subject) -> Found:
    """Look whether a batch is as it was before it was asked."""
    (batch,) = subject.batches(1)
    given = batch.copy()
    subject.loaded.session(given)
    if not np.array_equal(given, batch):
        return "fail", "writes into the batch that it is given"
    return "pass", ""


def outputs_kept(subject: Subject) -> Found:
    """Look whether an answer is as it was before the next batch was asked."""
    batch, other = subject.batches(2)
    answer = subject.loaded.session(batch)
    before = np.array(answer)
    subject.loaded.session(other)
    if not np.array_equal(answer, before):
        return "fail", "a later call overwrites an earlier answer"
    return "pass", ""


def concurrent_use(subject: Subject) -> Found:
    """Ask different batches at once, in the ways that it declares."""
    declared, submit = subject.loaded.concurrency, subject.loaded.submit
    if declared <= 1 and submit is None:
        return "not applicable", "it declares one call at a time"
    batches = subject.batches(max(declared, 2))
    alone = [subject.ask(batch) for batch in batches]
    ways = []
    if declared > 1:
        ask = partial(_repeatedly, subject, Barrier(declared))
        with ThreadPoolExecutor(declared) as pool:
            ways.append((f"{declared} threads", list(pool.map(ask, batches))))
    if submit is not None:
        waiting = [submit(batch.copy()) for batch in batches]
        ways.append(("submit", [[np.array(each.result(PATIENCE))] for each in waiting]))
    for way, answers in ways:
        pairs = [(each, own) for own, given in zip(alone, answers, strict=True) for each in given]
        difference = max(oracle.relative_difference(*pair) for pair in pairs)
        if difference > 10 * subject.repeatable:
            return "fail", f"{way}: an answer differs from the one alone by {difference:.2g}"
    return "pass", ", ".join(way for way, _ in ways)


def _repeatedly(subject: Subject, meeting: Barrier, batch: Batch) -> list[Outputs]:
    meeting.wait()
    return [subject.ask(batch) for _ in range(TURNS)]
