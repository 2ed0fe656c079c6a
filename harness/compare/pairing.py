"""Which records of two sides stand against each other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from harness import decode
from harness.compare.naming import titled

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from harness.types import Case, Kind, Record, Status

KINDS: tuple[Kind, ...] = ("speed", "accuracy")
"""What is compared."""


class Pair(NamedTuple):
    """Two records of one case."""

    baseline: Record
    candidate: Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Alone:
    """What only one side has."""

    kind: Kind
    case: Case
    contender: str
    status: Status


def current(records: Iterable[Record]) -> list[Record]:
    """Return the newest record of each question to each contender."""
    return list(
        {(_place(each), decode.canonical(each.job.contender)): each for each in records}.values()
    )


def of_run(records: Iterable[Record]) -> list[Record]:
    """Return the newest record of each question, whatever the version; without the controls."""
    newest = {(_place(each), _subject(each)): each for each in records}.values()
    return [each for each in newest if each.job.contender.role != "control"]


def contenders(records: Iterable[Record]) -> set[str]:
    """Return what the contenders of records may be called: by label, and by backend."""
    found = (record.job.contender for record in records if record.job.kind in KINDS)
    return {name for each in found for name in (each.label, each.backend) if name}


def named(records: Iterable[Record], name: str) -> list[Record]:
    """Return a contender's records: of those called so, or else of all on the backend `name`."""
    found = list(records)
    return [each for each in found if each.job.contender.name == name] or [
        each for each in found if each.job.contender.backend == name
    ]


def of_contenders(baseline: Iterable[Record], candidate: Iterable[Record]) -> list[Pair]:
    """Return the pairs of one run: each version and setting with each other, case by case."""
    others: dict[object, list[Record]] = {}
    for record in _compared(candidate):
        others.setdefault(_place(record), []).append(record)
    return [
        Pair(one, other)
        for one in _compared(baseline)
        for other in others.get(_place(one), [])
        if one.job.contender != other.job.contender
    ]


def of_runs(baseline: Iterable[Record], candidate: Iterable[Record]) -> list[Pair]:
    """Return the pairs of two runs: a backend with itself, whatever its version.

    Where a run has no other, a case stands against that of the same model prepared anew.
    """
    first, second = _by_subject(baseline), _by_subject(candidate)
    return [
        pair
        for subject, records in first.items()
        for pair in _matched(records, second.get(subject, []))
    ]


def alone(records: Iterable[Record], others: Iterable[Record]) -> tuple[Alone, ...]:
    """Return what of a side was measured, or tried, and is not among the others."""
    taken = {id(record) for record in others}
    return tuple(
        Alone(
            kind=record.job.kind,
            case=record.job.case,
            contender=titled(record.job.contender),
            status=record.status,
        )
        for record in _compared(records)
        if id(record) not in taken and record.status != "skipped"
    )


def machine(record: Record) -> str:
    """Return the machine that a record was measured on."""
    return str(record.environment.get("machine", ""))


def _matched(first: list[Record], second: list[Record]) -> Iterator[Pair]:
    others = {record.job.case: record for record in second}
    rest = []
    for record in first:
        other = others.pop(record.job.case, None)
        if other is None:
            rest.append(record)
        else:
            yield Pair(record, other)
    if len(rest) == len(others) == 1:
        yield Pair(rest[0], *others.values())


def _by_subject(records: Iterable[Record]) -> dict[object, list[Record]]:
    found: dict[object, list[Record]] = {}
    for record in _compared(records):
        found.setdefault(_subject(record), []).append(record)
    return found


def _subject(record: Record) -> object:
    job, contender = record.job, record.job.contender
    settings = decode.canonical(contender.settings)
    case = replace(job.case, artefact="")
    return job.kind, case, contender.backend, contender.label, settings


def _compared(records: Iterable[Record]) -> list[Record]:
    return [record for record in records if record.job.kind in KINDS]


def _place(record: Record) -> object:
    return machine(record), record.job.kind, record.job.case
