"""The noise of a machine: how far apart are figures that ought to be equal.

`harness calibrate` times one backend against itself, as "a" and "b", in several groups; what is
known of the noise is what those records say.
"""

from __future__ import annotations

import contextlib
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness import store
from harness.errors import StorageError
from harness.rounds import ratio

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from harness.types import Record

SUITE = store.CALIBRATION
SIDES = ("a", "b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """The largest differences of latency, as shares, that a machine showed where there was none."""

    paired: float
    """Between two contenders in the same rounds."""
    between: float
    """Between two groups, of one contender."""
    groups: int
    """How many were measured."""
    measured: str
    """When the last of them was."""
    of: tuple[str, ...] = ()
    """What was timed against itself: backends on models."""


def place(record: Record) -> str:
    """Return what noise belongs to: a machine and one of its devices."""
    return f"{record.environment.get('machine', '')} {record.job.case.device}"


def floor(runs: Path, machine: str, device: str = "cpu") -> Floor | None:
    """Return what a machine's calibration found; None before one case was timed in two groups.

    Records that cannot be read tell nothing; the next calibration says how to mend them.
    """
    path = runs / SUITE / machine / store.RECORDS
    if not path.is_file():
        return None
    with contextlib.suppress(StorageError):
        return _floor(
            [
                record
                for record in store.read_planned(path)
                if (record.job.kind, record.status, record.job.case.device)
                == ("speed", "ok", device)
            ]
        )
    return None


def floors(runs: Path, records: Iterable[Record]) -> dict[str, Floor]:
    """Return what is known of the noise where records were measured, by `place`."""
    asked = {
        place(each): (each.environment.get("machine", ""), each.job.case.device) for each in records
    }
    found = {name: floor(runs, *where) for name, where in sorted(asked.items())}
    return {name: each for name, each in found.items() if each is not None}


def _floor(timed: list[Record]) -> Floor | None:
    paired = list(_paired(timed))
    between = list(_between(timed))
    if not paired or not between:
        return None
    return Floor(
        paired=max(paired),
        between=max(between),
        groups=len({record.group_run_id for record in timed}),
        measured=max(record.started for record in timed),
        of=tuple(sorted({_subject(record) for record in timed})),
    )


def _subject(record: Record) -> str:
    case = record.job.case
    return f"{record.job.contender.backend} on {case.model} @{case.batch_size}"


def _paired(timed: list[Record]) -> Iterator[float]:
    groups: dict[str, dict[str, Record]] = {}
    for record in timed:
        groups.setdefault(record.group_run_id, {})[record.job.contender.label] = record
    for group in groups.values():
        if all(side in group for side in SIDES):
            yield from _effect(*(group[side] for side in SIDES))


def _between(timed: list[Record]) -> Iterator[float]:
    """Yield how far two groups of one job are apart; other code has another key."""
    jobs: dict[str, list[Record]] = {}
    for record in timed:
        jobs.setdefault(record.job.key, []).append(record)
    for records in jobs.values():
        for one, other in itertools.combinations(records, 2):
            yield from _effect(one, other)


def _effect(one: Record, other: Record) -> Iterator[float]:
    found = ratio(one, other)
    if found is not None:
        value = found.estimate.value
        yield max(value, 1 / value) - 1  # as a verdict takes it: the same for a/b and b/a
