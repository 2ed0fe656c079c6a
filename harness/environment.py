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
from typing import TYPE_CHECKING, Any

import psutil

from harness import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

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
PROCESS = Path("/proc/self")


def cores() -> int:
    """Return how many cores this process may really use: affinity within the cgroup's quota."""
    allowed = psutil.cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):
        allowed = len(os.sched_getaffinity(0))
    quota = _cgroup_quota()
    return max(1, min(allowed, int(quota))) if quota else allowed


def oom_kills() -> int:
    """Return how many processes the kernel has killed in this cgroup for want of memory."""
    for folder in _cgroups("memory"):
        for name in ("memory.events", "memory.oom_control"):
            if found := re.search(r"^oom_kill (\d+)", _read(folder / name), re.MULTILINE):
                return int(found[1])
    return 0


def code(folder: Path) -> str:
    """Return what identifies the Python code below a folder; it is part of every version."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        digest.update(path.relative_to(folder).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


@functools.cache
def harness_version() -> str:
    """Return the harness's own version, with what identifies its code."""
    return f"{__version__}+{code(Path(__file__).parent)}"


def has_cuda() -> bool:
    """Return whether a CUDA device can be seen, without loading an engine."""
    return any(Path("/dev").glob("nvidia[0-9]*")) or shutil.which("nvidia-smi") is not None


def holds_gpu(pid: int) -> bool | None:
    """Return whether a process has a GPU open; None where the system does not show it."""
    try:
        opened = list(Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return None
    # One that was closed meanwhile resolves to itself.
    return any(re.fullmatch(r"/dev/nvidia\d+", str(each.resolve())) for each in opened)


def gpu_memory(pid: int) -> int | None:
    """Return the bytes that a process holds on all GPUs as NVML sees them; None when it cannot.

    Inside a container NVML may name processes by other numbers, or without their memory.
    """
    with _nvml() as nvml:
        if nvml is None:
            return None
        held = [
            each.usedGpuMemory or 0
            for device in _devices(nvml)
            for each in nvml.nvmlDeviceGetComputeRunningProcesses(device)
            if each.pid == pid
        ]
        return sum(held) or None
    return None


def gpus() -> dict[str, Json]:
    """Return the GPUs' names and the driver's version; empty without any."""
    with _nvml() as nvml:
        if nvml is None:
            return {}
        names = [str(nvml.nvmlDeviceGetName(device)) for device in _devices(nvml)]
        return {"gpus": names, "driver": str(nvml.nvmlSystemGetDriverVersion())} if names else {}
    return {}


def machine() -> str:
    """Return a name for this machine, the same for as long as its host name and hardware are."""
    traits = f"{cpu_model()} {psutil.cpu_count()} {_memory_gib()} {platform.system()} {gpus()}"
    host = re.sub(r"[^a-z0-9]+", "-", platform.node().lower()).strip("-") or "machine"
    return f"{host}-{hashlib.sha256(traits.encode()).hexdigest()[:6]}"


def fingerprint() -> dict[str, Json]:
    """Return the facts about this machine and process that a reader needs to judge a figure."""
    return {
        "machine": machine(),
        "cpu": cpu_model(),
        "cores": cores(),
        "memory_gib": _memory_gib(),
        **gpus(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "versions": versions(PACKAGES),
        "harness": harness_version(),
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


@contextlib.contextmanager
def _nvml() -> Iterator[Any]:
    """Yield NVML; None where there is none or it fails, which then ends the block quietly."""
    try:
        import pynvml
    except ImportError:
        yield None
        return
    failures = (pynvml.NVMLError, pynvml.NVMLLibraryMismatchError)
    try:
        pynvml.nvmlInit()
    except failures:
        yield None
        return
    with contextlib.suppress(*failures):
        yield pynvml
    with contextlib.suppress(*failures):
        pynvml.nvmlShutdown()


def _devices(nvml: Any) -> list[Any]:  # noqa: ANN401 - NVML brings no types
    return [nvml.nvmlDeviceGetHandleByIndex(at) for at in range(nvml.nvmlDeviceGetCount())]


def _memory_gib() -> float:
    return round(psutil.virtual_memory().total / 2**30, 1)


def _cgroup_quota() -> float | None:
    """Return the least quota in cores of this process's cgroup and of those around it."""
    quotas = []
    for folder in _cgroups("cpu"):
        quota, _, period = _read(folder / "cpu.max").strip().partition(" ")
        if not period:
            quota = _read(folder / "cpu.cfs_quota_us").strip()
            period = _read(folder / "cpu.cfs_period_us").strip()
        if quota.isdigit() and period.isdigit():
            quotas.append(int(quota) / int(period))
    return min(quotas, default=None)


def _cgroups(controller: str) -> list[Path]:
    """Return the folders of this process's cgroup and of those around it, the innermost first."""
    found = []
    for line in _read(PROCESS / "cgroup").splitlines():
        _, controllers, inner = line.split(":", 2)
        if not controllers or controller in controllers.split(","):
            root = CGROUP / controllers if controllers else CGROUP
            own = root / inner.lstrip("/")
            found += [own, *(each for each in own.parents if each.is_relative_to(root))]
    return [*found, CGROUP / controller, CGROUP]


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
