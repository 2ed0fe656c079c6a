"""Which records count, and which of them make one row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from harness import decode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from harness.types import Case, Contender, Kind, Measurement, Record, Subset


class Model(NamedTuple):
    """A prepared model; the artefact is empty when it could not be prepared."""

    name: str
    weights: str
    artefact: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """The records that make one row."""

    machine: str
    model: Model
    contender: Contender
    device: str
    precision: str
    subset: Subset | None
    records: tuple[Record, ...]
    static: Record | None

    def of(self, kind: Kind) -> list[Record]:
        """Return the records of a kind."""
        return [record for record in self.records if record.job.kind == kind]


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """The lines in their order, and what stands outside them."""

    records: tuple[Record, ...]
    """All that count."""
    lines: tuple[Line, ...]
    static: tuple[Record, ...]
    controls: tuple[Record, ...]


def join(records: Iterable[Record]) -> Joined:
    """Join what counts into lines, by the first appearance of models, then of backends."""
    current = list(_current(records))
    static = {_model(each.job.case): each for each in current if not each.job.contender.backend}
    controls = [each for each in current if each.job.contender.role == "control"]
    measured = [
        each
        for each in current
        if each.job.contender.backend and each.job.contender.role == "contender"
    ]
    lines = [_line(each, static) for each in _by_line(measured)]
    alone = static.keys() - {line.model for line in lines}
    lines += [_line([record], static) for model, record in static.items() if model in alone]
    models = list(dict.fromkeys(_model(each.job.case)[:2] for each in current))
    backends = list(dict.fromkeys(each.job.contender.backend for each in measured))
    order = {name: place for place, name in enumerate(["", *backends])}
    lines.sort(key=lambda line: (models.index(line.model[:2]), order[line.contender.backend]))
    return Joined(
        records=tuple(current),
        lines=tuple(lines),
        static=tuple(static.values()),
        controls=tuple(controls),
    )


def right(line: Line) -> bool:
    """Return whether a line's outputs were held against the oracle's and never found wrong."""
    judged = any(value(record, "difference") is not None for record in line.of("accuracy"))
    judged = judged or any(record.details.get("judged") for record in line.of("speed"))
    return judged and all(record.status != "wrong" for record in line.records)


def batch(records: list[Record], size: int | None) -> Record | None:
    """Return the first record of a batch size."""
    return next((record for record in records if record.job.case.batch_size == size), None)


def measurement(record: Record | None, name: str) -> Measurement | None:
    """Return a record's measurement of that name."""
    found = record.measurements if record else ()
    return next((each for each in found if each.name == name), None)


def value(record: Record | None, name: str) -> float | None:
    """Return the value of a record's measurement of that name."""
    found = measurement(record, name)
    return found.value if found else None


def _current(records: Iterable[Record]) -> Iterator[Record]:
    """Yield what no later record supersedes.

    Superseded is a job that was done again, and also one that lacked its model or its engine
    (so that no artefact or no version is in its key) once a later job has it.
    """
    newest: dict[tuple[str, ...], tuple[int, Record]] = {}
    prepared: dict[tuple[str, ...], int] = {}
    installed: dict[tuple[str, ...], int] = {}
    for place, record in enumerate(records):
        newest[_machine(record), record.job.key] = place, record
        if record.job.case.artefact:
            prepared[_wanted_model(record)] = place
        if record.job.contender.version:
            installed[_machine(record), record.job.contender.backend] = place
    for place, record in newest.values():
        case, contender = record.job.case, record.job.contender
        engine = _machine(record), contender.backend
        unprepared = not case.artefact and place < prepared.get(_wanted_model(record), 0)
        missing = not contender.version and place < installed.get(engine, 0)
        if not unprepared and not missing:
            yield record


def _by_line(records: list[Record]) -> Iterator[list[Record]]:
    """Yield the records of each line; those without a subset belong to every subset's."""
    lines: dict[tuple[object, ...], list[Record]] = {}
    for record in records:
        case = record.job.case
        contender = decode.canonical(record.job.contender)
        identity = _machine(record), _model(case), contender, case.device, case.precision
        lines.setdefault(identity, []).append(record)
    for each in lines.values():
        subsets = dict.fromkeys(_subset(record) for record in each)
        for subset in [one for one in subsets if one] or [""]:
            yield [record for record in each if _subset(record) in {subset, ""}]


def _line(records: list[Record], static: dict[Model, Record]) -> Line:
    job = records[0].job
    return Line(
        machine=_machine(records[0]),
        model=_model(job.case),
        contender=job.contender,
        device=job.case.device,
        precision=job.case.precision,
        subset=next((each.job.case.subset for each in records if each.job.case.subset), None),
        records=tuple(records),
        static=static.get(_model(job.case)),
    )


def _machine(record: Record) -> str:
    return str(record.environment.get("machine", ""))


def _model(case: Case) -> Model:
    return Model(case.model, case.weights, case.artefact)


def _wanted_model(record: Record) -> tuple[str, ...]:
    case = record.job.case
    return _machine(record), case.model, case.weights, case.precision


def _subset(record: Record) -> str:
    return record.job.case.subset.sha256 if record.job.case.subset else ""
