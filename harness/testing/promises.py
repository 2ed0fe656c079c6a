"""What a loaded session promises about its answers: one question each."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from threading import Barrier, Thread
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from harness import oracle
from harness.testing.asking import loaded
from harness.testing.models import sample_batch

if TYPE_CHECKING:
    from harness.offers import Backend
    from harness.session import Batch, Loaded, LoadOptions, Outputs
    from harness.testing.checks import Grade
    from harness.types import Artefact

    Found: TypeAlias = tuple[Grade, str]
    """A grade and its detail."""

SIZES = (1, 2, 5, 17)
"""Sizes of batches beside the usual one, where any is taken."""
AGAIN = 3
"""How often one batch is asked again at once."""
TURNS = 5
"""How often each of several threads asks: one meeting at the start may go well by luck."""
PATIENCE = 60.0
"""Seconds until what is asked at once with others counts as lost."""


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
    first: dict[int, Outputs] = field(default_factory=dict)
    """Its first answers, by the number of rows."""

    @property
    def repeatable(self) -> float:
        """Return the relative difference between two answers to one question that is rounding."""
        return oracle.TOLERANCE.get(self.options.precision, oracle.TOLERANCE["fp32"]) / 100

    @property
    def sizes(self) -> tuple[int, ...]:
        """Return the sizes of batches that it is asked."""
        return (self.size,) if self.fixed else (self.size, *SIZES)

    @property
    def rows(self) -> Batch:
        """Return the rows of the largest batch; the smaller ones begin it."""
        return sample_batch(self.artefact, max(self.sizes))

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
    rows, answer = subject.rows, subject.artefact.manifest.answer
    for count in subject.sizes:
        outputs = subject.loaded.session(rows[:count].copy())
        shape = (count, *answer)
        if not isinstance(outputs, np.ndarray):
            return "fail", f"answers a {type(outputs).__name__}, not an array"
        if outputs.shape != shape or outputs.dtype.kind != "f":
            return "fail", f"answers {outputs.dtype} {outputs.shape}, not floats {shape}"
        if not np.isfinite(outputs).all():
            return "fail", "an output is not finite"
        subject.first[count] = outputs.copy()
    return "pass", f"{outputs.dtype}, N x {' x '.join(map(str, answer))}"


def batch_of_one(subject: Subject) -> Found:
    """Ask each row alone, and in batches of several sizes."""
    if subject.fixed:
        return "not applicable", f"it takes batches of {subject.size} alone"
    rows = subject.rows
    alone = np.concatenate([subject.ask(rows[place : place + 1]) for place in range(len(rows))])
    differences = by_size(subject, rows, alone)
    found, where = largest(differences, 10 * subject.repeatable)  # may be summed in another order
    if where:
        why = f"a row's answer depends on the other rows of its batch, by {found:.2g}{where}"
        return "fail", why
    return "pass", f"off by {found:.2g}"


def by_size(subject: Subject, rows: Batch, right: Outputs) -> dict[int, float]:
    """Return how far from what is right the answers to the first rows are, by their number."""
    return {
        size: oracle.relative_difference(subject.ask(rows[:size]), right[:size])
        for size in subject.sizes
    }


def largest(differences: dict[int, float], allowed: float) -> tuple[float, str]:
    """Return the largest difference, and in batches of which sizes it is more than allowed."""
    wrong = [str(size) for size, difference in sorted(differences.items()) if difference > allowed]
    return max(differences.values()), f" in batches of {', '.join(wrong)}" if wrong else ""


def asked_again(subject: Subject) -> Found:
    """Ask a session that is new one batch again and again, and once more after another.

    What was answered before is asked again as well.
    """
    batch, other = subject.batches(2)
    new = loaded(subject.backend, subject.artefact, subject.options)
    fresh = replace(subject, loaded=new)
    answers = [fresh.ask(batch) for _ in range(1 + AGAIN)]
    fresh.ask(other)
    answers += [fresh.ask(batch), subject.ask(batch)]
    pairs = [(each, answers[0]) for each in answers]
    pairs += [(subject.ask(subject.rows[:size]), each) for size, each in subject.first.items()]
    difference = max(oracle.relative_difference(*pair) for pair in pairs)
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
        ways.append((f"{declared} threads", _at_once(subject, batches)))
    if submit is not None:
        waiting = [submit(batch.copy()) for batch in batches]
        ways.append(("submit", [[np.array(each.result(PATIENCE))] for each in waiting]))
    for way, answers in ways:
        pairs = [(each, own) for own, given in zip(alone, answers, strict=True) for each in given]
        difference = max(oracle.relative_difference(*pair) for pair in pairs)
        if difference > 10 * subject.repeatable:
            return "fail", f"{way}: an answer differs from the one alone by {difference:.2g}"
    return "pass", ", ".join(way for way, _ in ways)


def _at_once(subject: Subject, batches: list[Batch]) -> list[list[Outputs]]:
    """Return the answers to each batch, asked several times in a thread of its own.

    Nobody waits for a thread that never ends, not even the interpreter.
    """
    meeting = Barrier(len(batches))
    futures: list[Future[list[Outputs]]] = [Future() for _ in batches]

    def ask(batch: Batch, future: Future[list[Outputs]]) -> None:
        try:
            meeting.wait()
            future.set_result([subject.ask(batch) for _ in range(TURNS)])
        except BaseException as error:  # noqa: BLE001 - raised where the result is wanted
            future.set_exception(error)

    for given in zip(batches, futures, strict=True):
        Thread(target=ask, args=given, daemon=True).start()
    return [each.result(PATIENCE) for each in futures]
