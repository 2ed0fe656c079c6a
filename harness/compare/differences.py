"""What else differs between two sides than what is compared."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.compare.naming import about

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from harness.compare.pairing import Pair
    from harness.types import Json, Record

EXPECTED = {"command"}
"""Facts that differ without meaning anything."""
NONE = "none"


def notes(pairs: Iterable[Pair]) -> tuple[str, ...]:
    """Return a line for each fact in which the records of some pair differ."""
    found = [note for pair in pairs for note in _of_pair(pair)]
    return tuple(dict.fromkeys(found))


def _of_pair(pair: Pair) -> Iterator[str]:
    baseline, candidate = pair
    first, second = baseline.job.case, candidate.job.case
    if first.artefact != second.artefact and first.artefact and second.artefact:
        ids = _change(first.artefact[:8], second.artefact[:8])
        yield f"{about(replace(first, batch_size=None))} was prepared anew: artefact {ids}"
    yield from _changes(_facts(baseline), _facts(candidate))


def _facts(record: Record) -> dict[str, Json]:
    job = record.job
    facts = record.environment | {f"format of {job.contender.backend}": job.contender.format}
    if record.actual is not None:
        facts["threads"] = record.actual.threads
    return {name: value for name, value in facts.items() if name not in EXPECTED}


def _changes(first: dict[str, Json], second: dict[str, Json]) -> Iterator[str]:
    """Yield what both sides tell differently; a record of an older harness tells less."""
    for name, one in first.items():
        other = second.get(name, one)
        if one == other:
            continue
        if isinstance(one, dict) and isinstance(other, dict):
            names = dict.fromkeys([*one, *other])
            told = [{each: side.get(each, NONE) for each in names} for side in (one, other)]
            yield from _changes(*told)
        elif isinstance(one, list) and isinstance(other, list):
            gone = [each for each in one if each not in other]
            come = [each for each in other if each not in one]
            if gone or come:
                yield f"{name}: {_change(_listed(gone), _listed(come))}"
        else:
            yield f"{name}: {_change(one, other)}"


def _change(one: Json, other: Json) -> str:
    return " → ".join(NONE if each in (None, "") else str(each) for each in (one, other))


def _listed(values: list[Json]) -> str:
    return " ".join(map(str, values))
