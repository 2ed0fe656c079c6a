"""The notes on how latencies came about: what disturbed them, and what the rounds lacked."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from harness import gpu
from harness.table import text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.table.joining import Joined
    from harness.table.naming import Name
    from harness.types import Json, Record

LARGE = 0.1
"""A share of the machine, or of its clock, that is worth a note.

Figures lose about what others take; from a tenth on the mark `~` would call that noise unstable.
"""
SMALL = 0.01
"""A share of the time that is worth a note where it should be none."""


class Fact(NamedTuple):
    """What is to be said of a record; of several of one kind the text of the largest is told."""

    kind: str
    text: str
    size: float = 0
    own: str = ""
    """What is told of every record that it holds for."""


def lines(joined: Joined, names: Sequence[Name]) -> Iterator[str]:
    """Yield a note for each kind of fact: the worst of it, and where it was found."""
    found: dict[str, list[tuple[Fact, str]]] = {}
    for name, line in zip(names, joined.lines, strict=True):
        for record in line.of("speed"):
            facts = [(fact, name.model) for fact in _of_group(record)]
            facts += [(fact, str(name)) for fact in _of_contender(record)]
            for fact, whose in facts:
                where = f"{whose} @{record.job.case.batch_size}"
                told = f"{where}: {fact.own}" if fact.own else where
                found.setdefault(fact.kind, []).append((fact, told))
    for each in found.values():
        worst = max((fact for fact, _ in each), key=lambda fact: fact.size)
        yield f"{worst.text} ({text.some(told for _, told in each)})"


def _of_contender(record: Record) -> Iterator[Fact]:
    if record.details.get("warmup", {}).get("settled") is False:
        yield Fact("warm-up", "the warm-up ended before latencies had settled")


def _of_group(record: Record) -> Iterator[Fact]:
    """Yield what holds for all that were measured in the same rounds."""
    if stopped := record.details.get("stopped"):
        yield Fact("stopped", "stopped early", own=stopped)
    if crowded := record.details.get("crowded"):
        yield Fact("crowded", "contenders loaded again for each round", own=crowded)
    conditions = record.details.get("conditions", {})
    machine = record.environment
    yield from _taken(conditions, machine.get("logical_cores", machine.get("cores")))
    yield from _slowed("CPU", conditions.get("mhz", ()))
    gpus = conditions.get("gpus", {})
    for before, after in zip(gpus.get("before", ()), gpus.get("after", ()), strict=False):
        yield from _gpu(before, after)


def _taken(conditions: dict[str, Json], cores: int | None) -> Iterator[Fact]:
    elsewhere = conditions.get("elsewhere_cores", 0)
    if cores and elsewhere > LARGE * cores:
        told = f"other processes used up to {elsewhere:.1f} of {cores} cores during the rounds"
        yield Fact("busy", told, elsewhere)
    waited = conditions.get("pressure", {}).get("memory", 0)
    shares = (
        (conditions.get("steal", 0), SMALL, "the host gave up to {} % of the CPU to other guests"),
        (conditions.get("throttled", 0), 0, "the CPU quota ran out in up to {} % of its periods"),
        (waited, SMALL, "memory was short: processes waited for it up to {} % of the time"),
    )
    for share, limit, told in shares:
        if share > limit:
            yield Fact(told, told.format(text.number(share * 100)), share)


def _gpu(before: dict[str, Json], after: dict[str, Json]) -> Iterator[Fact]:
    seen = [*before.get("throttle_reasons", ()), *after.get("throttle_reasons", ())]
    if reasons := [each for each in dict.fromkeys(seen) if each not in gpu.CHOSEN]:
        yield Fact("held back", "GPU held back", own=", ".join(reasons))
    if "gpu_idle" not in after.get("throttle_reasons", ()):  # its clock falls as soon as it rests
        clocks = [each["sm_mhz"] for each in (before, after) if "sm_mhz" in each]
        yield from _slowed("GPU", clocks)
    if others := max(each.get("others", 0) for each in (before, after)):
        yield Fact("others", f"up to {others} other processes on the GPU", others)


def _slowed(what: str, clocks: Sequence[float]) -> Iterator[Fact]:
    """Yield that a clock fell between its first reading and its second, where both are known."""
    match clocks:
        case [before, after] if after < (1 - LARGE) * before:
            told = f"{what} clock fell from {before:,.0f} to {after:,.0f} MHz"
            yield Fact(f"{what} clock", told, 1 - after / before)
