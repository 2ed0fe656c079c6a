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

from harness import __version__, cgroup, gpu

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
CPUINFO = Path("/proc/cpuinfo")
CPUS = Path("/sys/devices/system/cpu")
PRODUCT = Path("/sys/class/dmi/id/product_name")
CONTAINERS = {
    "kubernetes": Path("/var/run/secrets/kubernetes.io"),
    "docker": Path("/.dockerenv"),
    "podman": Path("/run/.containerenv"),
}
"""What stands in a container of each kind."""
FLAGS = {
    "flags": r"sse4_2|avx\w*|fma|f16c|amx_\w+",
    "Features": r"asimd\w*|fphp|i8mm|bf16|sve\w*|sme\w*",
}
"""CPU flags by which engines choose their kernels, on x86 and on ARM, as Linux spells them."""


def cores() -> int:
    """Return how many cores this process may really use: affinity within the cgroup's quota."""
    quota = cgroup.quota()
    return max(1, min(len(_allowed()), int(quota))) if quota else len(_allowed())


def memory_available() -> int:
    """Return how many bytes this process may still use: the system's within its cgroup's limit."""
    available = psutil.virtual_memory().available
    free = cgroup.memory_free()
    return available if free is None else max(0, min(available, free))


def oom_kills() -> int:
    """Return how many processes the kernel has killed in this cgroup for want of memory."""
    for folder in cgroup.folders("memory"):
        for name in ("memory.events", "memory.oom_control"):
            if (found := cgroup.number(cgroup.text(folder / name), "oom_kill")) is not None:
                return found
    return 0


def thread_pools() -> list[dict[str, Json]]:
    """Return the thread pools of the numeric libraries that this process has loaded."""
    from threadpoolctl import threadpool_info

    return [
        {
            "library": pool["internal_api"],
            "version": pool["version"] or "",
            "threads": pool["num_threads"],
            "file": Path(pool["filepath"]).name,
        }
        for pool in threadpool_info()
    ]


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


def machine() -> str:
    """Return a name for this machine, the same for as long as its host name and hardware are."""
    traits = f"{cpu_model()} {psutil.cpu_count()} {_memory_gib()} {platform.system()} {gpu.gpus()}"
    host = re.sub(r"[^a-z0-9]+", "-", platform.node().lower()).strip("-") or "machine"
    return f"{host}-{hashlib.sha256(traits.encode()).hexdigest()[:6]}"


def fingerprint(distributions: Iterable[str] = ()) -> dict[str, Json]:
    """Return the facts about this machine and process that a reader needs to judge a figure.

    `distributions` are those of the engines, whose versions are told beside the usual ones. What
    the machine does not show is left out.
    """
    limit = cgroup.memory_limit()
    facts: dict[str, Json] = {
        "machine": machine(),
        "cpu": cpu_model(),
        "cpu_flags": _flags(),
        "cores": cores(),
        "logical_cores": psutil.cpu_count(),
        "physical_cores": psutil.cpu_count(logical=False),
        "smt": _smt(),
        "memory_gib": _memory_gib(),
        "memory_limit_gib": round(limit / 2**30, 1) if limit else None,
        **gpu.gpus(),
        "container": next((name for name, mark in CONTAINERS.items() if mark.exists()), None),
        "virtual_machine": _virtual_machine(),
        "system": f"{platform.system()} {platform.release()}",
        "distribution": _distribution(),
        "libc": " ".join(platform.libc_ver()).strip(),
        "python": platform.python_version(),
        "versions": versions(sorted({*PACKAGES, *distributions} - {""})),
        "harness": harness_version(),
        **_commit(),
        "command": " ".join([Path(sys.argv[0]).name, *sys.argv[1:]]),
    }
    return {name: fact for name, fact in facts.items() if fact not in (None, "", [])}


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
    return _cpuinfo("model name") or platform.processor() or platform.machine()


def _memory_gib() -> float:
    return round(psutil.virtual_memory().total / 2**30, 1)


def _allowed() -> list[int]:
    """Return the CPUs that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(psutil.cpu_count() or 1))


def _cpuinfo(name: str) -> str:
    """Return what the system says under a name of its first CPU."""
    found = re.search(rf"^{name}\s*: (.+)$", cgroup.text(CPUINFO), re.MULTILINE)
    return found[1].strip() if found else ""


def _flags() -> list[str]:
    return [
        flag
        for name, known in FLAGS.items()
        for flag in _cpuinfo(name).split()
        if re.fullmatch(known, flag)
    ]


def _smt() -> bool | None:
    """Return whether two of the CPUs that this process may run on share a core."""
    siblings = [cgroup.text(CPUS / f"cpu{at}/topology/thread_siblings_list") for at in _allowed()]
    return len(set(siblings)) < len(siblings) if all(siblings) else None


def _virtual_machine() -> str | None:
    """Return what kind of virtual machine this is, as far as it says so."""
    if "hypervisor" not in _cpuinfo("flags").split():
        return None
    return cgroup.text(PRODUCT).strip() or "of an unknown kind"


def _distribution() -> str | None:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return None


def _commit() -> dict[str, Json]:
    """Return the commit of the harness's checkout, and whether it was changed since; or neither."""
    git = shutil.which("git")
    folder = Path(__file__).parent.parent
    if git is None or not (folder / ".git").exists():
        return {}
    found = subprocess.run(  # noqa: S603 - a fixed command
        [git, "-C", str(folder), "describe", "--always", "--dirty", "--abbrev=12"],
        capture_output=True,
        text=True,
        check=False,
    )
    described = found.stdout.strip()
    if not described:
        return {}
    return {"commit": described.removesuffix("-dirty"), "dirty": described.endswith("-dirty")}
