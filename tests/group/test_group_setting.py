from __future__ import annotations

from dataclasses import replace

import pytest

from harness.group.setting import check_actual, check_cores
from harness.process import ChildError
from harness.types import Actual, Case

CASE = Case(model="m", weights="w", artefact="a", subset=None, device="cpu", precision="fp32")
HONEST = Actual(device="cpu", provider="p", precision="fp32", threads=2)


def test_what_was_asked_for_is_accepted() -> None:
    check_actual(HONEST, CASE, threads=2)
    check_cores(cpu_ns=2_100, wall_ns=1_000, threads=2)


@pytest.mark.parametrize(
    ("actual", "message"),
    [
        (replace(HONEST, device="cuda"), "asked for device 'cpu', got 'cuda'"),
        (replace(HONEST, precision="tf32"), "asked for precision 'fp32', got 'tf32'"),
        (replace(HONEST, threads=3), "asked for 2 threads, got 3"),
    ],
)
def test_anything_else_fails(actual: Actual, message: str) -> None:
    with pytest.raises(ChildError, match=message):
        check_actual(actual, CASE, threads=2)


def test_more_cores_than_threads_fail() -> None:
    with pytest.raises(ChildError, match=r"used 1\.9 cores where 1 thread"):
        check_cores(cpu_ns=1_900, wall_ns=1_000, threads=1)
