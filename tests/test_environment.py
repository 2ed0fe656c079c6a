from __future__ import annotations

import os
from typing import TYPE_CHECKING

import psutil

from harness import environment

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_cores_stay_within_affinity_and_quota(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment, "CGROUP", tmp_path)
    allowed = environment.cores()
    assert 1 <= allowed <= (psutil.cpu_count() or 1)
    (tmp_path / "cpu.max").write_text("100000 100000\n")
    assert environment.cores() == 1
    (tmp_path / "cpu.max").write_text("max 100000\n")
    assert environment.cores() == allowed


def test_the_older_cgroup_is_read_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "CGROUP", tmp_path)
    (tmp_path / "cpu").mkdir()
    (tmp_path / "cpu" / "cpu.cfs_quota_us").write_text("100000")
    (tmp_path / "cpu" / "cpu.cfs_period_us").write_text("100000")
    (tmp_path / "memory").mkdir()
    (tmp_path / "memory" / "memory.oom_control").write_text("under_oom 0\noom_kill 3\n")
    assert environment.cores() == 1
    assert environment.oom_kills() == 3


def test_versions_come_from_metadata_of_what_is_installed() -> None:
    found = environment.versions(["numpy", "a-distribution-that-is-not-there"])
    assert list(found) == ["numpy"]


def test_the_fingerprint_names_machine_and_versions() -> None:
    found = environment.fingerprint()
    assert found["machine"] == environment.machine()
    assert found["cores"] == environment.cores()
    assert "numpy" in found["versions"]
    assert found["memory_gib"] > 0


def test_memory_on_a_gpu_is_unknown_without_one() -> None:
    if not environment.has_cuda():
        assert environment.gpu_memory(os.getpid()) is None
        assert environment.gpus() == {}


def test_a_process_without_a_gpu_open_is_told() -> None:
    assert environment.holds_gpu(os.getpid()) is False
    assert environment.holds_gpu(2**30) is None


def test_a_quota_around_this_processs_cgroup_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment, "CGROUP", tmp_path)
    monkeypatch.setattr(environment, "PROCESS", tmp_path)
    (tmp_path / "cgroup").write_text("0::/jobs/mine\n")
    inner = tmp_path / "jobs" / "mine"
    inner.mkdir(parents=True)
    (inner / "cpu.max").write_text("max 100000\n")
    (inner / "memory.events").write_text("oom 1\noom_kill 2\n")
    (inner.parent / "cpu.max").write_text("100000 100000\n")
    assert environment.cores() == 1
    assert environment.oom_kills() == 2


def test_code_is_identified_by_its_content(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("1")
    before = environment.code(tmp_path)
    (tmp_path / "a.txt").write_text("no code")
    assert environment.code(tmp_path) == before
    (tmp_path / "a.py").write_text("2")
    assert environment.code(tmp_path) != before
