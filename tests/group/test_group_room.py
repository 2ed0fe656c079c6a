from __future__ import annotations

from dataclasses import replace

import pytest

from harness import environment, gpu
from harness.group.room import crowded
from harness.types import Case, Contender, Group, Job

CASE = Case(model="m", weights="w", artefact="a", subset=None, device="cpu", precision="fp32")
JOBS = tuple(
    Job(kind="speed", key=name, case=CASE, contender=Contender(backend=name, version="1"))
    for name in ("numpy", "torch")
)
GIB = 2**30


def group(**footprints: tuple[int, int] | None) -> Group:
    return Group(kind="speed", case=CASE, jobs=JOBS, footprints=footprints)


@pytest.fixture(autouse=True)
def _free(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "memory_available", lambda: 8 * GIB)
    monkeypatch.setattr(gpu, "memory_available", lambda: 4 * GIB)


def test_contenders_that_fit_are_loaded_together() -> None:
    fitting = group(numpy=(5 * GIB, 0), torch=(3 * GIB, 0))
    assert crowded(fitting, JOBS) == ""


def test_those_that_do_not_are_told_before_anything_is_loaded() -> None:
    large = group(numpy=(5 * GIB, 0), torch=(4 * GIB, 0))
    assert crowded(large, JOBS) == "together they need 9.0 GiB of memory, 8.0 GiB are free"
    assert crowded(large, JOBS[:1]) == ""


def test_memory_that_is_not_known_is_taken_for_a_quarter_of_a_gibibyte() -> None:
    assert crowded(group(numpy=(7 * GIB, 0)), JOBS) == ""
    assert crowded(group(numpy=(8 * GIB, 0)), JOBS).startswith("together they need 8.2")


def test_what_ran_out_of_memory_alone_is_not_loaded_beside_others() -> None:
    assert crowded(group(numpy=None), JOBS) == "one of them ran out of memory on its own"


def test_a_gpu_has_memory_of_its_own() -> None:
    held = group(numpy=(1, 3 * GIB), torch=(1, 2 * GIB))
    assert crowded(held, JOBS) == "together they need 5.0 GiB of GPU memory, 4.0 GiB are free"


def test_where_a_machine_shows_no_memory_all_are_loaded_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(gpu, "memory_available", lambda: None)
    held = group(numpy=(1, 3 * GIB))
    assert crowded(replace(held, jobs=JOBS[:1]), JOBS[:1]) == ""
