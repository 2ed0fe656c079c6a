from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import psutil
import pytest

from harness import cgroup, environment

if TYPE_CHECKING:
    from pathlib import Path

X86 = """processor	: 0
model name	: A Processor
flags		: sme smep sse4_2 fma avx f16c hypervisor avx2 avx512f avx512_vnni avx_vnni amx_int8

processor	: 1
flags		: fpu
"""
ARM = "processor\t: 0\nFeatures\t: fp asimd aes asimddp sve i8mm bf16\n"


@pytest.fixture
def planted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(cgroup, "CGROUP", tmp_path)
    monkeypatch.setattr(cgroup, "PROCESS", tmp_path)
    monkeypatch.setattr(environment, "CPUINFO", tmp_path / "cpuinfo")
    monkeypatch.setattr(environment, "CPUS", tmp_path / "cpus")
    monkeypatch.setattr(environment, "PRODUCT", tmp_path / "product")
    monkeypatch.setattr(environment, "CONTAINERS", {"podman": tmp_path / "containerenv"})
    environment.cpu_model.cache_clear()
    return tmp_path


def test_cores_stay_within_affinity_and_quota(planted: Path) -> None:
    allowed = environment.cores()
    assert 1 <= allowed <= (psutil.cpu_count() or 1)
    (planted / "cpu.max").write_text("100000 100000\n")
    assert environment.cores() == 1
    (planted / "cpu.max").write_text("max 100000\n")
    assert environment.cores() == allowed


def test_memory_available_is_the_systems_within_the_cgroups_limit(planted: Path) -> None:
    assert 0 < environment.memory_available() <= psutil.virtual_memory().total
    (planted / "memory.max").write_text("1000\n")
    (planted / "memory.current").write_text("600\n")
    assert environment.memory_available() == 400
    (planted / "memory.current").write_text("1200\n")
    assert environment.memory_available() == 0


@pytest.mark.parametrize("name", ["memory.events", "memory.oom_control"])
def test_kills_for_want_of_memory_are_counted(planted: Path, name: str) -> None:
    assert environment.oom_kills() == 0
    (planted / name).write_text("oom 5\noom_kill 2\n")
    assert environment.oom_kills() == 2


def test_thread_pools_are_those_that_are_loaded() -> None:
    code = (
        "from harness.environment import thread_pools; before = thread_pools(); import numpy;"
        "print(before, [(type(each['threads']), sorted(each)) for each in thread_pools()])"
    )
    found = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    fields = ["file", "library", "threads", "version"]
    assert found.stdout.startswith(f"[] [(<class 'int'>, {fields})")


def test_versions_come_from_metadata_of_what_is_installed() -> None:
    found = environment.versions(["numpy", "a-distribution-that-is-not-there"])
    assert list(found) == ["numpy"]


def test_the_fingerprint_names_machine_and_versions() -> None:
    found = environment.fingerprint(["pytest", ""])
    assert found["machine"] == environment.machine()
    assert found["cores"] == environment.cores()
    assert {"numpy", "pytest"} <= set(found["versions"])
    assert found["memory_gib"] > 0
    assert found["logical_cores"] >= found["cores"]
    assert not {None, ""} & {fact for fact in found.values() if not isinstance(fact, (list, dict))}


def test_the_fingerprint_tells_what_the_system_shows(planted: Path) -> None:
    bare = environment.fingerprint()
    shown = {"cpu_flags", "smt", "memory_limit_gib", "container", "virtual_machine"}
    assert not shown & set(bare)
    (planted / "cpuinfo").write_text(X86)
    (planted / "memory.max").write_text(f"{2**31}\n")
    (planted / "containerenv").touch()
    (planted / "product").write_text("A Cloud\n")
    environment.cpu_model.cache_clear()
    found = environment.fingerprint()
    environment.cpu_model.cache_clear()
    assert found["cpu"] == "A Processor"
    assert found["cpu_flags"] == (
        ["sse4_2", "fma", "avx", "f16c", "avx2", "avx512f", "avx512_vnni", "avx_vnni", "amx_int8"]
    )
    assert found["memory_limit_gib"] == 2.0
    assert found["container"] == "podman"
    assert found["virtual_machine"] == "A Cloud"


def test_flags_of_arm_are_told_too(planted: Path) -> None:
    (planted / "cpuinfo").write_text(ARM)
    found = environment.fingerprint()
    assert found["cpu_flags"] == ["asimd", "asimddp", "sve", "i8mm", "bf16"]
    assert "virtual_machine" not in found


@pytest.mark.parametrize(("siblings", "shared"), [(["0,2", "1,3"], False), (["0-1", "0-1"], True)])
def test_two_threads_of_one_core_are_told_from_two_cores(
    planted: Path, monkeypatch: pytest.MonkeyPatch, siblings: list[str], *, shared: bool
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1}, raising=False)
    for at, each in enumerate(siblings):
        folder = planted / "cpus" / f"cpu{at}" / "topology"
        folder.mkdir(parents=True)
        (folder / "thread_siblings_list").write_text(f"{each}\n")
    assert environment.fingerprint()["smt"] is shared


@pytest.mark.parametrize(("described", "dirty"), [("abc", False), ("abc-dirty", True)])
def test_the_commit_is_told_apart_from_changes_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, described: str, *, dirty: bool
) -> None:
    git = tmp_path / "git"
    git.write_text(f"#!/bin/sh\necho {described}\n")
    git.chmod(0o755)
    (tmp_path / ".git").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(environment, "__file__", str(tmp_path / "harness" / "environment.py"))
    found = environment.fingerprint()
    assert (found["commit"], found["dirty"]) == ("abc", dirty)
    git.write_text("#!/bin/sh\nexit 1\n")
    assert not {"commit", "dirty"} & set(environment.fingerprint())


def test_code_is_identified_by_its_content(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("1")
    before = environment.code(tmp_path)
    (tmp_path / "a.txt").write_text("no code")
    assert environment.code(tmp_path) == before
    (tmp_path / "a.py").write_text("2")
    assert environment.code(tmp_path) != before
