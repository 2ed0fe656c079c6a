from __future__ import annotations

from typing import TYPE_CHECKING

from harness.table import table

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.types import Json, Record

    Make = Callable[..., Record]


def pools(*found: dict[str, Json]) -> dict[str, Json]:
    return {"thread_pools": list(found)}


def test_machine_and_versions_stand_last(make: Make) -> None:
    notes = table([make(), make(backend="torch", version="2.9")]).notes
    assert notes[-2:] == ("machine: here (2 cores)", "versions: numpy 2.0, torch 2.9")


def test_a_few_thread_pools_stand_with_the_versions(make: Make) -> None:
    openblas = {"library": "openblas", "version": "0.3.31", "threads": 2}
    openmp = {"library": "openmp", "version": None, "threads": 1}
    made = table([make("speed", batch=size, details=pools(openblas, openmp)) for size in (1, 8)])
    told = "versions: numpy 2.0, openblas 0.3.31 (2 threads), openmp (1 thread)"
    assert made.notes[-1] == told


def test_many_thread_pools_are_not_told(make: Make) -> None:
    many = ({"library": "mkl", "version": "1", "threads": count} for count in range(4))
    assert table([make("speed", details=pools(*many))]).notes[-1] == "versions: numpy 2.0"
