from __future__ import annotations

import itertools
import sys
from typing import TYPE_CHECKING

import pytest

from harness import environment, gpu
from harness.errors import UnavailableError
from harness.protocol import Turn, Turned
from harness_doctor import ceilings, matmul

if TYPE_CHECKING:
    from pathlib import Path


def pretend(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Let a shell script be what children run."""
    fake = folder / "python"
    fake.write_text(f"#!/bin/sh\n{script}\n")
    fake.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(fake))


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ceilings, "TURNS", 3)
    monkeypatch.setattr(ceilings, "SWEEPS_SECONDS", 0.0)
    monkeypatch.setattr(ceilings, "TURN", Turn(seconds=0, calls=1))


def test_the_matrix_product_is_measured_in_a_child(tmp_path: Path) -> None:
    found = ceilings.matrix_product(1, tmp_path / "log")
    assert found.times == 3
    assert 1e8 < found.median <= found.best < 1e14
    assert found.how == "float32, 1,024 rows"


def test_a_child_that_fails_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(tmp_path, monkeypatch, "read line; exit 3")
    with pytest.raises(UnavailableError, match=r"product could not be measured: .*exit code 3"):
        ceilings.matrix_product(1, tmp_path / "log")


@pytest.mark.parametrize("threads", [1, 3])
def test_every_byte_of_a_sweep_is_counted(monkeypatch: pytest.MonkeyPatch, threads: int) -> None:
    ticks = iter(range(0, 100_000_000_000, 1_000_000_000))  # a second passes between readings
    monkeypatch.setattr(ceilings, "clock", lambda: next(ticks))
    found = ceilings.memory(threads, 2**20)
    assert found.best == found.median == 3 * 4 * 2**20
    assert found.times == 3
    assert found.how == "a = b + c, 3 arrays of 4 MiB"


def test_every_part_of_the_array_is_added(monkeypatch: pytest.MonkeyPatch) -> None:
    added = []

    def add(b: object, c: object, out: object) -> None:
        del c, out
        added.append(len(b))  # type: ignore[arg-type]

    monkeypatch.setattr("numpy.add", add)
    ceilings.memory(3, 2**20)
    assert len(added) == 3 * 3
    assert sum(added) == 3 * 4 * 2**20 // 8


def test_arrays_that_memory_cannot_hold_are_shorter_and_it_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(environment, "memory_available", lambda: 6 * 2**20)
    assert ceilings.memory(1, 2**20).how == (
        "a = b + c, 3 arrays of 1 MiB, for want of memory too short to be beyond the last cache"
    )


def test_gpu_products_take_turns_by_precision(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    walls = itertools.count(1)

    def ask(*_: object) -> Turned:
        wall = next(walls) * 1_000_000_000
        return Turned(calls=2, median_ns=0, wall_ns=wall, cpu_ns=0, rested=True)

    monkeypatch.setattr("harness.process.Child.ask", ask)
    found = ceilings.gpu(1, tmp_path / "log")
    assert isinstance(found, dict)
    assert {name: round(2 * matmul.FLOPS_PER_CALL / each.best) for name, each in found.items()} == {
        "fp32": 1,
        "tf32": 2,
        "fp16": 3,
    }
    assert 2 * matmul.FLOPS_PER_CALL / found["fp32"].median == 4


def test_a_gpu_that_cannot_be_measured_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend(tmp_path, monkeypatch, "read line; exit 3")
    assert ceilings.gpu(1, tmp_path / "log") == "the process ended with exit code 3"


def test_each_precision_multiplies_what_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    torch = pytest.importorskip("torch")
    seen = []
    real = torch.mm

    def mm(*given: object) -> object:
        kinds = {str(getattr(each, "dtype", "")) for each in given}
        seen.append((kinds, torch.get_float32_matmul_precision()))
        return real(*given)

    monkeypatch.setattr(torch, "mm", mm)
    before = torch.get_float32_matmul_precision()
    try:
        made = [multiply() for multiply in matmul.products("cpu", 16)]
    finally:
        torch.set_float32_matmul_precision(before)
    assert [tuple(getattr(each, "shape", ())) for each in made] == [(16, 16)] * 3
    assert seen == [
        ({"torch.float32"}, "highest"),
        ({"torch.float32"}, "high"),
        ({"torch.float16"}, "highest"),
    ]


@pytest.mark.gpu
@pytest.mark.skipif(not gpu.has_cuda(), reason="no CUDA device")
def test_a_gpu_multiplies_faster_in_lower_precision(tmp_path: Path) -> None:
    found = ceilings.gpu(1, tmp_path / "log")
    assert isinstance(found, dict), found
    assert found["fp32"].best < found["fp16"].best
