from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness import cache, environment, gpu
from harness.errors import StorageError
from harness_doctor import ceilings, examination, machine, noise
from harness_doctor.ceilings import Ceiling
from harness_doctor.machine import Machine

if TYPE_CHECKING:
    from pathlib import Path

CEILING = Ceiling(best=2.0, median=1.0, times=2, how="")
NOISE = noise.of([1, 1, 1], sleeps=[1], resolution_ns=1)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every measurement take no time."""
    look = Machine(cores=3, logical_cores=3, memory_available=2**40, disks={"results": 2**40})
    monkeypatch.setattr(machine, "read", lambda _out: look)
    monkeypatch.setattr(machine, "throttled", lambda: None)
    monkeypatch.setattr(ceilings, "matrix_product", lambda *_: CEILING)
    monkeypatch.setattr(ceilings, "memory", lambda *_: CEILING)
    monkeypatch.setattr(ceilings, "gpu", lambda *_: "no driver")
    monkeypatch.setattr(noise, "measured", lambda: NOISE)
    monkeypatch.setattr(gpu, "has_cuda", lambda: False)


def test_everything_is_found(tmp_path: Path) -> None:
    found = examination.examined(tmp_path)
    assert (found.machine, found.cores) == (environment.machine(), 3)
    assert (found.matrix_product, found.memory, found.noise) == (CEILING, CEILING, NOISE)
    assert found.gpu is None
    assert "memory" in {each.what for each in found.checks}
    assert "heat" in found.hidden


def test_a_gpu_is_measured_where_there_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("torch")
    monkeypatch.setattr(gpu, "has_cuda", lambda: True)
    assert examination.examined(tmp_path).gpu == "no driver"


def test_heat_is_what_the_load_added(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    counts = iter([100, 103])
    monkeypatch.setattr(machine, "throttled", lambda: next(counts))
    first = examination.examined(tmp_path).checks[0]
    assert (first.what, first.verdict) == ("heat", "spoils")
    assert "slowed down 3 times" in first.found


def test_a_run_is_not_disturbed(tmp_path: Path) -> None:
    with cache.alone("measuring"), pytest.raises(StorageError, match="another run is measuring"):
        examination.examined(tmp_path)
