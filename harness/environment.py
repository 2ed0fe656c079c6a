"""What a figure was measured on: machine, cores, memory, versions, commit."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from harness import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.types import Json

PACKAGES = (
    "numpy",
    "onnx",
    "onnxruntime",
    "onnxruntime-gpu",
    "onnxscript",
    "pillow",
    "timm",
    "torch",
    "torchvision",
)
CGROUP = Path("/sys/fs/cgroup")


def cores() -> int:
    """Return how many cores this process may really use: affinity within the cgroup's quota."""
    allowed = psutil.cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):
        allowed = len(os.sched_getaffinity(0))
    quota = _cgroup_quota()
    return max(1, min(allowed, int(quota))) if quota else allowed


def oom_kills() -> int:
    """Return how many processes the kernel has killed in this cgroup for want of memory."""
    for name in ("memory.events", "memory/memory.oom_control"):
        text = _read(CGROUP / name)
        if found := re.search(r"^oom_kill (\d+)", text, re.MULTILINE):
            return int(found[1])
    return 0


def has_cuda() -> bool:
    """Return whether a CUDA device can be seen, without loading an engine."""
    return Path("/dev/nvidia0").exists() or shutil.which("nvidia-smi") is not None


def cuda_memory(pid: int) -> int | None:
    """Return the bytes that a process holds on all GPUs as NVML sees them; None when it cannot.

    Inside a container NVML may see no process at all, which says nothing.
    """
    try:
        import pynvml
    except ImportError:
        return None
    try:
        pynvml.nvmlInit()
        seen = [
            each
            for index in range(pynvml.nvmlDeviceGetCount())
            for each in pynvml.nvmlDeviceGetComputeRunningProcesses(
                pynvml.nvmlDeviceGetHandleByIndex(index)
            )
        ]
    except pynvml.NVMLError:
        return None
    if not seen:
        return None
    return sum(each.usedGpuMemory or 0 for each in seen if each.pid == pid)


def machine() -> str:
    """Return a name for this machine that stays the same from run to run."""
    traits = f"{cpu_model()} {psutil.cpu_count()} {_memory_gib()} {platform.system()}"
    host = re.sub(r"[^a-z0-9]+", "-", platform.node().lower()).strip("-") or "machine"
    return f"{host}-{hashlib.sha256(traits.encode()).hexdigest()[:6]}"


def fingerprint() -> dict[str, Json]:
    """Return the facts about this machine and process that a reader needs to judge a figure."""
    return {
        "machine": machine(),
        "cpu": cpu_model(),
        "cores": cores(),
        "memory_gib": _memory_gib(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "versions": versions(PACKAGES),
        "harness": __version__,
        "commit": _commit(),
        "command": " ".join([Path(sys.argv[0]).name, *sys.argv[1:]]),
    }


def versions(names: Iterable[str]) -> dict[str, str]:
    """Return the versions of those distributions that are installed, from their metadata."""
    found = {}
    for name in names:
        with contextlib.suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


@functools.cache
def cpu_model() -> str:
    """Return the processor's name as the system tells it."""
    found = re.search(r"^model name\s*: (.+)$", _read(Path("/proc/cpuinfo")), re.MULTILINE)
    return found[1].strip() if found else platform.processor() or platform.machine()


def _memory_gib() -> float:
    return round(psutil.virtual_memory().total / 2**30, 1)


def _cgroup_quota() -> float | None:
    quota, _, period = _read(CGROUP / "cpu.max").strip().partition(" ")
    if not period:
        quota = _read(CGROUP / "cpu/cpu.cfs_quota_us").strip()
        period = _read(CGROUP / "cpu/cpu.cfs_period_us").strip()
    if not quota.isdigit() or not period.isdigit():
        return None
    return int(quota) / int(period)


def _commit() -> str:
    git = shutil.which("git")
    folder = Path(__file__).parent.parent
    if git is None or not (folder / ".git").exists():
        return ""
    found = subprocess.run(  # noqa: S603 - a fixed command
        [git, "-C", str(folder), "describe", "--always", "--dirty", "--abbrev=12"],
        capture_output=True,
        text=True,
        check=False,
    )
    return found.stdout.strip()


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return ""
