"""What a backend promises, asked of it on a prepared model."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from harness import oracle
from harness.errors import UnavailableError
from harness.testing import claims, promises
from harness.testing.asking import load_options, loaded, truth
from harness.testing.checks import Check
from harness.testing.refusals import FAULTS, let_pass, reason
from harness.worker import only_batch

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
    from pathlib import Path

    from harness.offers import Backend
    from harness.session import LoadOptions
    from harness.testing.checks import Grade
    from harness.testing.promises import Found, Subject
    from harness.types import Artefact

BATCH_SIZE = 3
IMPORTS, LOADS, SHAPES = "imports no engine", "loads", "shapes and types"
ACTUAL, ORACLE, CONCURRENT = "actual", "right answers", "concurrent use"
PROMISES: dict[str, Callable[[Subject], Found]] = {
    "unknown device": claims.unknown_device,
    "unknown precision": claims.unknown_precision,
    SHAPES: promises.shapes_and_types,
    "batch of one": promises.batch_of_one,
    "asked again": promises.asked_again,
    "input untouched": promises.input_untouched,
    "outputs kept": promises.outputs_kept,
    ACTUAL: claims.actual,
}
NAMES = (IMPORTS, LOADS, *PROMISES, ORACLE, CONCURRENT)
"""In the order in which they are asked: after what may lock up a backend for ever, nothing."""
RESTS = {
    LOADS: "it does not load",
    SHAPES: "its answers are not what they have to look like",
}
"""Those on which all that follow rest, and why these are not asked when such a one is broken."""


def contract(  # noqa: PLR0913 - each names one thing that the answers depend on
    backend: Backend,
    artefact: Artefact,
    *,
    files: Sequence[Path] = (),
    threads: int = 1,
    reference: Backend | None = None,
    device: str | None = None,
    precision: str | None = None,
    names: Collection[str] = NAMES,
) -> Iterator[Check]:
    """Yield whether a backend keeps each promise of its contract, on a prepared model.

    `files` are the plugin files that offer it, when it is not installed. With a `reference` (the
    NumPy backend) its answers are held against float64 on the structure graph as well. Without a
    device and a precision it is asked for the CPU and float32, if it has them. `names` are the
    promises that are asked.
    """
    known = PROMISES | ({ORACLE: partial(_right, reference)} if reference else {})
    known |= {CONCURRENT: promises.concurrent_use}
    asked = {name: promise for name, promise in known.items() if name in names}
    try:
        options = load_options(
            backend,
            artefact,
            threads=threads,
            batch_size=BATCH_SIZE,
            device=device,
            precision=precision,
        )
    except UnavailableError as error:
        first = [name for name in (IMPORTS, LOADS) if name in names]
        yield from _unasked([*first, *asked], str(error))
        return
    if IMPORTS in names:
        yield _check(IMPORTS, lambda: claims.imports_no_engine(backend, files))
    try:
        subject = _subject(backend, artefact, options)
    except FAULTS as error:
        let_pass(error)
        absent = isinstance(error, UnavailableError)
        grade: Grade = "not applicable" if absent else "fail"
        yield Check(level="contract", name=LOADS, grade=grade, detail=reason(error))
        yield from _unasked(asked, RESTS[LOADS])
        return
    if LOADS in names:
        detail = f"{options.format}, {options.device}, {options.precision}"
        yield Check(level="contract", name=LOADS, grade="pass", detail=detail)
    left = [*asked]
    while left:
        name = left.pop(0)
        found = _check(name, partial(asked[name], subject))
        yield found
        if found.grade == "fail" and name in RESTS:
            yield from _unasked(left, RESTS[name])
            return


def broken_promises(  # noqa: PLR0913 - each names one thing that the answers depend on
    backend: Backend,
    artefact: Artefact,
    *,
    files: Sequence[Path] = (),
    threads: int = 1,
    reference: Backend | None = None,
    device: str | None = None,
    precision: str | None = None,
) -> list[str]:
    """Return what a backend does not keep of its contract on a prepared model; [] when it does.

    Where nothing could be asked, that is what is returned.
    """
    found = list(
        contract(
            backend,
            artefact,
            files=files,
            threads=threads,
            reference=reference,
            device=device,
            precision=precision,
        )
    )
    (loads,) = (each for each in found if each.name == LOADS)
    if loads.grade == "not applicable":
        return [loads.detail]
    return [f"{each.name}: {each.detail}" for each in found if each.grade == "fail"]


def _subject(backend: Backend, artefact: Artefact, options: LoadOptions) -> Subject:
    return promises.Subject(
        backend=backend,
        artefact=artefact,
        options=options,
        loaded=loaded(backend, artefact, options),
        size=options.batch_size or BATCH_SIZE,
        fixed=only_batch(backend, artefact, options) is not None,
    )


def _right(reference: Backend, subject: Subject) -> Found:
    """Hold its answers to batches of every size against the oracle's."""
    batch = subject.rows
    differences = promises.by_size(subject, batch, truth(reference, subject.artefact, batch))
    allowed = oracle.tolerance(subject.options.precision, subject.artefact.manifest)
    largest, where = promises.largest(differences, allowed)
    if where:
        return "fail", f"differs from the oracle by {largest:.2g}, over {allowed:.2g}{where}"
    return "pass", f"off by {largest:.2g}"


def _check(name: str, promise: Callable[[], Found]) -> Check:
    """Return the check; an error instead of an answer is a promise broken."""
    try:
        grade, detail = promise()
    except FAULTS as error:
        let_pass(error)
        grade, detail = "fail", f"raises {reason(error)}"
    return Check(level="contract", name=name, grade=grade, detail=detail)


def _unasked(names: Iterable[str], why: str) -> Iterator[Check]:
    for name in names:
        yield Check(level="contract", name=name, grade="not applicable", detail=why)
