"""What the user wants compared: two contenders of one run, or two runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness import calibration, compare, store
from harness.compare import pairing
from harness.errors import StorageError, UnknownNameError, UsageError, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from harness.compare import Comparison
    from harness.types import Record

LATEST = "latest"
MACHINE = ("machine", "cpu", "cores")
"""Facts without which a ratio is not that of what was measured."""


def between(
    runs: Path, baseline: str, candidate: str, run: str | None = None, *, across: bool = False
) -> Comparison:
    """Return the comparison of what is named: contenders of `run` (the latest), else two runs.

    Runs of different machines are refused unless `across`.
    """
    names = baseline, candidate
    records = _latest(runs) if run is None else store.select(runs, run)
    known = pairing.contenders(records)
    if run is not None:
        _require(names, known)
    if known.issuperset(names):
        floors = calibration.floors(runs, records)
        found = compare.of_contenders(records, baseline, candidate, floors)
    else:
        first, second = (_run(runs, name, names, known) for name in names)
        _refuse(names, (first, second), across=across)
        floors = calibration.floors(runs, [*first, *second])
        found = compare.of_runs(first, second, names, floors)
    if not found.speed and not found.accuracy:
        message = f"{baseline} and {candidate} have no case in common, or none that was measured"
        raise UsageError(message)
    return found


def _latest(runs: Path) -> list[Record]:
    try:
        return store.select(runs, LATEST)
    except (UsageError, StorageError):  # none that can be read: files may be compared all the same
        return []


def _require(names: Iterable[str], known: set[str]) -> None:
    for name in names:
        if name not in known:
            raise UnknownNameError.among(kind="contender", name=name, known=known)


def _run(runs: Path, name: str, names: tuple[str, str], known: set[str]) -> list[Record]:
    if name in known:
        other = next(each for each in names if each not in known)
        message = (
            f"{name} is a contender of {LATEST}, {other} is none: "
            f"give two contenders or two runs; {nearest(other, known)}"
        )
        raise UsageError(message)
    try:
        return store.select(runs, name)
    except UsageError as reason:
        message = f"{reason}; contenders of {LATEST}: {', '.join(sorted(known)) or 'none'}"
        raise UsageError(message) from reason


def _refuse(
    names: tuple[str, str], sides: tuple[list[Record], list[Record]], *, across: bool
) -> None:
    """Refuse what was measured on several machines."""
    machines = [sorted({pairing.machine(record) for record in side}) for side in sides]
    for name, found in zip(names, machines, strict=True):
        if len(found) != 1:
            several = " and ".join(found) or "no machine"
            message = f"{name} holds records of {several}; give those of one machine"
            raise UsageError(message)
    for fact in MACHINE:
        one, other = ({str(each.environment.get(fact)) for each in side} for side in sides)
        if one != other and not across:
            message = (
                f"{names[0]} was measured on {fact} {' and '.join(sorted(one))}, {names[1]} on "
                f"{' and '.join(sorted(other))}: a ratio would be that of the machines; "
                "compare them all the same: --across-machines"
            )
            raise UsageError(message)
