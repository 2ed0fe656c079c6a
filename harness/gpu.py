"""NVIDIA GPUs as seen from outside an engine: what is there, who holds it, how it is doing."""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from harness.types import Json

DEV = Path("/dev")
PROC = Path("/proc")
REASONS = (
    "gpu_idle",
    "applications_clocks_setting",
    "sw_power_cap",
    "hw_slowdown",
    "sync_boost",
    "sw_thermal_slowdown",
    "hw_thermal_slowdown",
    "hw_power_brake_slowdown",
    "display_clock_setting",
)
"""Why a clock is not higher, by bit from the lowest, in nvidia-smi's words."""
CHOSEN = {"gpu_idle", "applications_clocks_setting", "display_clock_setting"}
"""Those where nothing holds it back."""


def has_cuda() -> bool:
    """Return whether a CUDA device can be seen, without loading an engine."""
    return any(DEV.glob("nvidia[0-9]*")) or shutil.which("nvidia-smi") is not None


def holds_gpu(pid: int) -> bool | None:
    """Return whether a process has a GPU open; None where the system does not show it."""
    try:
        opened = list((PROC / str(pid) / "fd").iterdir())
    except OSError:
        return None
    # One that was closed meanwhile resolves to itself.
    return any(re.fullmatch(r"/dev/nvidia\d+", str(each.resolve())) for each in opened)


def memory(pid: int) -> int | None:
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


def memory_available() -> int | None:
    """Return the bytes that are free on the first GPU, which engines use; None where unknown."""
    with _nvml() as nvml:
        if nvml is None:
            return None
        held = [_asked(nvml, "nvmlDeviceGetMemoryInfo", device) for device in _visible(nvml)[:1]]
        return next((int(each.free) for each in held if each is not None), None)
    return None


def gpus() -> dict[str, Json]:
    """Return the GPUs' names and the driver's version; empty without any."""
    with _nvml() as nvml:
        if nvml is None:
            return {}
        names = [str(nvml.nvmlDeviceGetName(device)) for device in _devices(nvml)]
        return {"gpus": names, "driver": str(nvml.nvmlSystemGetDriverVersion())} if names else {}
    return {}


def state(own: Collection[int] = ()) -> list[dict[str, Json]]:
    """Return how each GPU that CUDA may use is doing: clocks (MHz), power (W), temperature (C).

    With its name, and why its clocks are not higher. `others` counts the compute processes that
    NVML shows beside those in `own`. What a GPU does not tell is left out.
    """
    with _nvml() as nvml:
        if nvml is None:
            return []
        found = [(_facts(nvml, device), _running(nvml, device)) for device in _visible(nvml)]
        shown = {pid for _, running in found for pid in running or ()}
        # Within a container NVML may name processes by numbers that are not ours.
        same_numbers = not shown.isdisjoint(own) or not any(holds_gpu(pid) for pid in own)
        for facts, running in found:
            if running is not None and same_numbers:
                facts["others"] = len(running.difference(own))
        return [facts for facts, _ in found]
    return []


def _facts(nvml: Any, device: Any) -> dict[str, Json]:  # noqa: ANN401 - NVML brings no types
    """Return those facts of a GPU that it tells, each asked for on its own."""
    power = _asked(nvml, "nvmlDeviceGetPowerUsage", device)  # milliwatts
    reasons = _asked(nvml, "nvmlDeviceGetCurrentClocksEventReasons", device)
    if reasons is None:  # what drivers before 535 call it
        reasons = _asked(nvml, "nvmlDeviceGetCurrentClocksThrottleReasons", device)
    persistence = _asked(nvml, "nvmlDeviceGetPersistenceMode", device)
    facts = {
        "name": _asked(nvml, "nvmlDeviceGetName", device),
        "sm_mhz": _asked(nvml, "nvmlDeviceGetClockInfo", device, nvml.NVML_CLOCK_SM),
        "sm_mhz_max": _asked(nvml, "nvmlDeviceGetMaxClockInfo", device, nvml.NVML_CLOCK_SM),
        "memory_mhz": _asked(nvml, "nvmlDeviceGetClockInfo", device, nvml.NVML_CLOCK_MEM),
        "power_w": None if power is None else power / 1000,
        "temperature_c": _asked(
            nvml, "nvmlDeviceGetTemperature", device, nvml.NVML_TEMPERATURE_GPU
        ),
        "throttle_reasons": None if reasons is None else _reasons(reasons),
        "persistence": None if persistence is None else bool(persistence),
    }
    return {name: fact for name, fact in facts.items() if fact is not None}


def _reasons(bits: int) -> list[str]:
    """Return the names of the reasons whose bits are set; one without a name is its number."""
    return [
        REASONS[at] if at < len(REASONS) else hex(1 << at)
        for at in range(bits.bit_length())
        if bits >> at & 1
    ]


def _running(nvml: Any, device: Any) -> set[int] | None:  # noqa: ANN401 - NVML brings no types
    """Return the pids of a GPU's compute processes, as NVML numbers them."""
    found = _asked(nvml, "nvmlDeviceGetComputeRunningProcesses", device)
    return None if found is None else {each.pid for each in found}


def _asked(nvml: Any, name: str, *args: Any) -> Any:  # noqa: ANN401 - NVML brings no types
    """Return NVML's answer; None where this GPU, driver or version of NVML has none."""
    try:
        return getattr(nvml, name)(*args)
    except (nvml.NVMLError, AttributeError):
        return None


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


def _visible(nvml: Any) -> list[Any]:  # noqa: ANN401 - likewise
    """Return the devices that CUDA_VISIBLE_DEVICES leaves, in its order; all without it."""
    devices, named = _devices(nvml), os.environ.get("CUDA_VISIBLE_DEVICES")
    if named is None:
        return devices
    known = {str(at): device for at, device in enumerate(devices)}
    known |= {str(_asked(nvml, "nvmlDeviceGetUUID", device)): device for device in devices}
    wanted = itertools.takewhile(known.__contains__, map(str.strip, named.split(",")))
    return [known[each] for each in wanted]  # CUDA, too, stops at the first that it does not know
