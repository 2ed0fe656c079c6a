"""The notes on where figures come from: images, runs, machines and versions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from harness.types import Json, Record, Subset

POOLS = 3
"""How many thread pools the line of versions has room for; more of them say little."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What was used on a machine."""

    versions: dict[str, set[str]] = field(default_factory=dict)
    pools: dict[str, None] = field(default_factory=dict)


def lines(records: Iterable[Record]) -> Iterator[str]:
    """Yield the notes: data, runs, then each machine with the versions in use."""
    every = list(records)
    subsets = dict.fromkeys(each.job.case.subset for each in every if each.job.case.subset)
    for subset in subsets:
        yield f"data: {_subset(subset)}"
    yield from _when(every)
    yield from _machines(every)


def _subset(subset: Subset) -> str:
    amount = f"all {subset.count:,} images"
    if subset.count != subset.total:
        amount = f"{subset.count:,} of {subset.total:,} images (seed {subset.seed})"
    return f"{subset.dataset} {subset.split}, {amount}, sha256 {subset.sha256[:12]}"


def _when(records: Iterable[Record]) -> Iterator[str]:
    runs: dict[str, list[str]] = {}
    for record in records:
        if record.started:
            runs.setdefault(record.run_id, []).append(record.started[:16].replace("T", " "))
    for run_id, moments in runs.items():
        span = dict.fromkeys((min(moments), max(moments)))
        yield f"measured: {' to '.join(span)} UTC, run {run_id}"


def _machines(records: Iterable[Record]) -> Iterator[str]:
    machines: dict[str, Machine] = {}
    for record in records:
        known = record.environment
        if "machine" not in known:
            continue
        machine = machines.setdefault(_machine(known), Machine())
        used = record.job.contender
        of_engine = record.actual.versions if record.actual else {}
        for name, version in {
            "harness": known.get("harness", ""),
            "Python": known.get("python", ""),
            used.backend: used.version,
            **of_engine,
        }.items():
            if name and version:
                machine.versions.setdefault(name, set()).add(str(version))
        machine.pools.update(dict.fromkeys(map(_pool, record.details.get("thread_pools", ()))))
    for where, machine in machines.items():
        named = [f"{name} {' and '.join(sorted(each))}" for name, each in machine.versions.items()]
        pools = list(machine.pools) if len(machine.pools) <= POOLS else []
        yield f"machine: {where}"
        yield f"versions: {', '.join([*named, *pools])}"


def _machine(known: dict[str, Json]) -> str:
    traits = [
        str(known.get("cpu", "")),
        f"{known['cores']} cores" if "cores" in known else "",
        f"{known['memory_gib']} GiB" if "memory_gib" in known else "",
        str(known.get("system", "")),
    ]
    traits = [each for each in traits if each]
    return f"{known['machine']} ({', '.join(traits)})" if traits else str(known["machine"])


def _pool(pool: dict[str, Json]) -> str:
    count = pool["threads"]
    threads = "1 thread" if count == 1 else f"{count} threads"
    name = " ".join(filter(None, (pool["library"], pool.get("version"))))
    return f"{name} ({threads})"
