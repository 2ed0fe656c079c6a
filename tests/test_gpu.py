from __future__ import annotations

import os
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, TypeAlias

import pytest

from harness import gpu

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Given: TypeAlias = Callable[[object], None]


class NVMLError(Exception):
    pass


def process(pid: int, held: int | None = None) -> SimpleNamespace:
    return SimpleNamespace(pid=pid, usedGpuMemory=held)


def nvml(*running: list[SimpleNamespace], **changed: object) -> SimpleNamespace:
    """Return a fake NVML with a device for each list of processes that run on it."""

    def clock(device: int, kind: int) -> int:
        return 1000 * (device + 1) + kind

    fake = {
        "NVMLError": NVMLError,
        "NVMLLibraryMismatchError": NVMLError,
        "NVML_CLOCK_SM": 1,
        "NVML_CLOCK_MEM": 2,
        "NVML_TEMPERATURE_GPU": 0,
        "nvmlInit": lambda: None,
        "nvmlShutdown": lambda: None,
        "nvmlSystemGetDriverVersion": lambda: "580.1",
        "nvmlDeviceGetCount": lambda: len(running),
        "nvmlDeviceGetHandleByIndex": lambda at: at,
        "nvmlDeviceGetName": lambda device: f"GPU {device}",
        "nvmlDeviceGetUUID": lambda device: f"GPU-{device}f",
        "nvmlDeviceGetClockInfo": clock,
        "nvmlDeviceGetMemoryInfo": lambda device: SimpleNamespace(free=500 + device),
        "nvmlDeviceGetMaxClockInfo": lambda _device, _kind: 1980,
        "nvmlDeviceGetPersistenceMode": lambda _: 1,
        "nvmlDeviceGetPowerUsage": lambda _: 250500,
        "nvmlDeviceGetTemperature": lambda _device, _sensor: 61,
        "nvmlDeviceGetCurrentClocksEventReasons": lambda _: 0x4 | 0x20 | 0x400,
        "nvmlDeviceGetComputeRunningProcesses": lambda device: running[device],
    }
    return SimpleNamespace(**(fake | changed))


def refused(*_: object) -> None:
    raise NVMLError


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> Given:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    return lambda fake: monkeypatch.setitem(sys.modules, "pynvml", fake)


def test_state_tells_clocks_power_heat_and_what_holds_them_down(given: Given) -> None:
    given(nvml([process(7), process(8)], [process(9)]))
    first, second = gpu.state(own=[8])
    assert first == {
        "name": "GPU 0",
        "sm_mhz": 1001,
        "sm_mhz_max": 1980,
        "memory_mhz": 1002,
        "power_w": 250.5,
        "temperature_c": 61,
        "throttle_reasons": ["sw_power_cap", "sw_thermal_slowdown", "0x400"],
        "persistence": True,
        "others": 1,
    }
    assert (second["name"], second["sm_mhz"], second["others"]) == ("GPU 1", 2001, 1)


@pytest.mark.parametrize(
    ("asked", "facts"),
    [
        ("nvmlDeviceGetName", {"name"}),
        ("nvmlDeviceGetClockInfo", {"sm_mhz", "memory_mhz"}),
        ("nvmlDeviceGetMaxClockInfo", {"sm_mhz_max"}),
        ("nvmlDeviceGetPersistenceMode", {"persistence"}),
        ("nvmlDeviceGetPowerUsage", {"power_w"}),
        ("nvmlDeviceGetTemperature", {"temperature_c"}),
        ("nvmlDeviceGetCurrentClocksEventReasons", {"throttle_reasons"}),
        ("nvmlDeviceGetComputeRunningProcesses", {"others"}),
    ],
)
def test_what_a_gpu_does_not_tell_is_left_out_alone(
    given: Given, asked: str, facts: set[str]
) -> None:
    given(nvml([]))
    (whole,) = gpu.state()
    given(nvml([], **{asked: refused}))
    (found,) = gpu.state()
    assert set(whole) - set(found) == facts
    assert found.items() <= whole.items()


def test_older_nvml_tells_throttle_reasons_under_another_name(given: Given) -> None:
    older = nvml([], nvmlDeviceGetCurrentClocksThrottleReasons=lambda _: 0x1)
    del older.nvmlDeviceGetCurrentClocksEventReasons
    given(older)
    assert gpu.state()[0]["throttle_reasons"] == ["gpu_idle"]


def test_no_reason_is_an_answer(given: Given) -> None:
    given(nvml([], nvmlDeviceGetCurrentClocksEventReasons=lambda _: 0))
    assert gpu.state()[0]["throttle_reasons"] == []


def test_others_are_unknown_where_our_own_have_other_numbers(
    given: Given, monkeypatch: pytest.MonkeyPatch
) -> None:
    given(nvml([process(70001)]))
    monkeypatch.setattr(gpu, "holds_gpu", lambda pid: pid == 7)
    assert "others" not in gpu.state(own=[7])[0]
    assert gpu.state(own=[8])[0]["others"] == 1
    given(nvml([process(70001), process(7)]))
    assert gpu.state(own=[7])[0]["others"] == 1


def test_memory_is_what_a_process_holds_on_all_gpus(given: Given) -> None:
    given(nvml([process(7, 100), process(8, 5)], [process(7, 20), process(9, None)]))
    assert gpu.memory(7) == 120
    assert gpu.memory(9) is None
    assert gpu.memory(10) is None


def test_memory_available_is_what_the_first_gpu_has_free(given: Given) -> None:
    given(nvml([], []))
    assert gpu.memory_available() == 500
    given(nvml([], nvmlDeviceGetMemoryInfo=refused))
    assert gpu.memory_available() is None
    given(nvml())
    assert gpu.memory_available() is None


@pytest.mark.parametrize(
    ("named", "seen"),
    [
        ("1,0", ["GPU 1", "GPU 0"]),
        ("1,7,0", ["GPU 1"]),
        ("", []),
        ("GPU-2f, GPU-0f", ["GPU 2", "GPU 0"]),
    ],
)
def test_only_the_gpus_that_cuda_may_use_are_seen(
    named: str, seen: list[str], given: Given, monkeypatch: pytest.MonkeyPatch
) -> None:
    given(nvml([], [], []))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", named)
    assert [each["name"] for each in gpu.state()] == seen


def test_gpus_are_named_with_their_driver(given: Given) -> None:
    given(nvml([], []))
    assert gpu.gpus() == {"gpus": ["GPU 0", "GPU 1"], "driver": "580.1"}
    given(nvml())
    assert gpu.gpus() == {}


@pytest.mark.parametrize(
    "fake",
    [
        None,  # import fails
        nvml([], nvmlInit=refused),
        nvml([], nvmlDeviceGetCount=refused),
        nvml([], nvmlDeviceGetHandleByIndex=refused),
    ],
)
def test_without_a_working_nvml_nothing_is_known(given: Given, fake: object) -> None:
    given(fake)
    assert gpu.gpus() == {}
    assert gpu.state() == []
    assert gpu.memory(os.getpid()) is None
    assert gpu.memory_available() is None


def test_a_failing_shutdown_spoils_nothing(given: Given) -> None:
    given(nvml([], nvmlShutdown=refused))
    assert len(gpu.state()) == 1


def test_a_device_file_or_nvidias_tool_shows_cuda(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gpu, "DEV", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "nvidiactl").touch()
    assert not gpu.has_cuda()
    (tmp_path / "nvidia0").touch()
    assert gpu.has_cuda()
    (tmp_path / "nvidia0").unlink()
    (tmp_path / "nvidia-smi").touch(mode=0o755)
    assert gpu.has_cuda()


def test_a_process_with_a_gpu_open_is_told_from_one_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert gpu.holds_gpu(os.getpid()) is False
    assert gpu.holds_gpu(2**30) is None
    monkeypatch.setattr(gpu, "PROC", tmp_path)
    opened = tmp_path / "5" / "fd"
    opened.mkdir(parents=True)
    (opened / "3").symlink_to("/dev/nvidiactl")
    assert gpu.holds_gpu(5) is False
    (opened / "4").symlink_to("/dev/nvidia1")
    assert gpu.holds_gpu(5) is True
