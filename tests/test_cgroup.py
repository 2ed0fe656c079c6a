from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness import cgroup

if TYPE_CHECKING:
    from pathlib import Path

NO_LIMIT = 9223372036854771712


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(cgroup, "CGROUP", tmp_path)
    monkeypatch.setattr(cgroup, "PROCESS", tmp_path)
    return tmp_path


def plant(folder: Path, **files: object) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name.replace("__", ".")).write_text(f"{content}\n")


def test_without_cgroups_nothing_is_limited(root: Path) -> None:
    assert cgroup.quota() is None
    assert cgroup.periods() == []
    assert cgroup.memory_limit() is None
    assert cgroup.memory_free() is None
    plant(root, cpu__max="max 100000", memory__max="max")
    assert cgroup.quota() is None
    assert cgroup.memory_limit() is None
    plant(root / "memory", memory__limit_in_bytes=NO_LIMIT)
    assert cgroup.memory_limit() is None


def test_a_limit_around_this_processs_cgroup_counts(root: Path) -> None:
    plant(root, cgroup="0::/jobs/mine")
    inner = root / "jobs" / "mine"
    plant(inner, cpu__max="400000 100000", memory__max=900, memory__current=100)
    plant(inner.parent, cpu__max="150000 100000", memory__max=1000, memory__current=700)
    assert cgroup.quota() == 1.5
    assert cgroup.memory_limit() == 900
    assert cgroup.memory_free() == 300


def test_version_1_has_a_folder_for_each_controller(root: Path) -> None:
    plant(root, cgroup="4:memory:/mine\n1:cpu,cpuacct:/mine")
    plant(root / "cpu,cpuacct" / "mine", cpu__cfs_quota_us=50000, cpu__cfs_period_us=100000)
    plant(root / "cpu,cpuacct", cpu__cfs_quota_us=-1, cpu__cfs_period_us=100000)
    plant(root / "memory" / "mine", memory__limit_in_bytes=500, memory__usage_in_bytes=200)
    plant(root / "memory", memory__limit_in_bytes=NO_LIMIT, memory__usage_in_bytes=400)
    assert cgroup.quota() == 0.5
    assert cgroup.memory_limit() == 500
    assert cgroup.memory_free() == 300


def test_in_a_container_the_own_cgroup_is_the_root(root: Path) -> None:
    plant(root, cgroup="1:cpu:/named/by/the/host")
    plant(root / "cpu", cpu__cfs_quota_us=200000, cpu__cfs_period_us=100000)
    assert cgroup.quota() == 2.0


@pytest.mark.parametrize(
    "stat", ["inactive_file 50", "inactive_file 10\ntotal_inactive_file 50"], ids=["v2", "v1"]
)
def test_files_cached_and_not_in_use_leave_memory_free(root: Path, stat: str) -> None:
    plant(root, memory__max=100, memory__current=80, memory__stat=stat)
    assert cgroup.memory_free() == 70


def test_periods_are_those_of_every_cgroup_in_sight(root: Path) -> None:
    plant(root, cgroup="0::/mine", cpu__stat="usage_usec 5")
    plant(root / "mine", cpu__stat="nr_periods 9\nnr_throttled 4\nthrottled_usec 77")
    assert cgroup.periods() == [(9, 4)]
