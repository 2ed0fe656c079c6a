from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from harness.calibration import Floor
from harness_doctor.checks import CHECKS, GPU_CHECKS, judged
from harness_doctor.machine import Machine

if TYPE_CHECKING:
    from harness_doctor.judgement import Judgement

GIB = 2**30
QUIET: dict[str, Any] = {
    "seconds": 1.0,
    "elsewhere_cores": 0.01,
    "steal": 0.0,
    "throttled": 0.0,
    "pressure": {"cpu": 0.0, "memory": 0.0, "io": 0.0},
}
GPU: dict[str, Any] = {
    "name": "H100",
    "sm_mhz": 1980,
    "sm_mhz_max": 1980,
    "throttle_reasons": ["gpu_idle"],
    "persistence": True,
    "others": 0,
}
GOOD = Machine(
    cores=8,
    logical_cores=8,
    memory_available=30 * GIB,
    disks={"results": 100 * GIB, "cache": 100 * GIB},
    conditions=QUIET,
    siblings=False,
    governors=("performance",),
    turbo=False,
    clock_source="tsc",
    throttled=0,
    plugged=True,
    gpus=(GPU,),
    floor=Floor(paired=0.018, between=0.24, groups=12, measured="2026-11-25T10:00:00+00:00"),
)


def judge(what: str, **found: Any) -> Judgement | None:  # noqa: ANN401 - any field of a machine
    return (CHECKS | GPU_CHECKS)[what](replace(GOOD, **found))


def conditions(**found: Any) -> dict[str, Any]:  # noqa: ANN401 - any of the conditions
    return {"conditions": QUIET | found}


def gpu(**found: Any) -> dict[str, Any]:  # noqa: ANN401 - any of a GPU's facts
    return {"gpus": (GPU | found,)}


def test_nothing_spoils_figures_on_a_good_machine() -> None:
    checks, hidden = judged(GOOD)
    assert hidden == []
    assert [each.what for each in checks] == [*CHECKS, *GPU_CHECKS]
    assert {each.verdict for each in checks} == {"ok"}
    assert {each.do for each in checks} == {""}


@pytest.mark.parametrize(
    ("what", "found", "verdict", "words"),
    [
        ("other processes", conditions(elsewhere_cores=0.39), "ok", "use 0.39 of 8 cores"),
        ("other processes", conditions(elsewhere_cores=0.4), "beware", "use 0.40 of 8 cores"),
        ("other processes", conditions(elsewhere_cores=2.0), "spoils", "use 2.00 of 8 cores"),
        ("steal", conditions(steal=0.02), "beware", "withheld 2.0 %"),
        ("steal", conditions(steal=0.05), "spoils", "withheld 5.0 %"),
        ("waiting", conditions(pressure={"cpu": 0.3}), "spoils", "cpu 30.0 %"),
        ("waiting", conditions(pressure={"cpu": 0, "memory": 0.02}), "beware", "memory 2.0 %"),
        ("waiting", conditions(pressure={"memory": 0.06, "io": 0}), "spoils", "io 0.0 %"),
        ("cgroup quota", {"quota": 2.0}, "ok", "2 cores"),
        ("cgroup quota", {"quota": 2.5}, "beware", "2.5 cores"),
        (
            "cgroup quota",
            {"quota": 2.0} | conditions(throttled=0.3),
            "spoils",
            "ran out in 30.0 % of its periods",
        ),
        ("governor", {"governors": ("performance", "powersave")}, "beware", "powersave"),
        ("turbo", {"turbo": True}, "beware", "on"),
        ("shared cores", {"siblings": True}, "beware", "of the 8 share a core"),
        ("virtual machine", {"virtual": "KVM"}, "beware", "KVM"),
        ("clock", {"clock_source": "hpet"}, "beware", "hpet"),
        ("power", {"plugged": False}, "spoils", "battery"),
        ("heat", {"throttled": 3}, "spoils", "slowed down 3 times"),
        ("memory", {"memory_available": 3 * GIB}, "beware", "3.0 GiB"),
        ("memory", {"memory_available": GIB // 2}, "spoils", "0.5 GiB"),
        ("swap", {"swap_used": GIB}, "beware", "1.0 GiB"),
        ("disk", {"disks": {"results": 99 * GIB, "cache": 2 * GIB}}, "beware", "2.0 GiB for the"),
        ("disk", {"disks": {"results": 0, "cache": 9 * GIB}}, "spoils", "0.0 GiB for the results"),
        ("variables", {"removed": ("OMP_X",)}, "ok", "OMP_X: kept from every measuring process"),
        ("variables", {"inherited": ("LD_PRELOAD",)}, "beware", "LD_PRELOAD: reaches every"),
        ("calibrated", {"floor": None}, "beware", "no"),
        ("GPU processes", gpu(others=2), "spoils", "2 on 1"),
        ("GPU clocks", gpu(sm_mhz=345), "beware", "345 of 1980 MHz"),
        ("GPU clocks", gpu(throttle_reasons=["sw_power_cap"]), "spoils", "by sw_power_cap"),
        ("GPU persistence", gpu(persistence=False), "beware", "off"),
    ],
)
def test_each_fault_is_named(what: str, found: dict[str, Any], verdict: str, words: str) -> None:
    judgement = judge(what, **found)
    assert judgement is not None
    assert judgement.verdict == verdict
    assert words in judgement.found
    assert judgement.do or verdict == "ok"


def test_the_other_processes_that_do_most_are_named() -> None:
    judgement = judge("other processes", busiest=("backup (7)", "index (9)"))
    assert judgement is not None
    assert judgement.found.endswith("cores: backup (7), index (9)")


def test_a_calibration_is_told() -> None:
    judgement = judge("calibrated")
    assert judgement is not None
    assert judgement.found == "2026-11-25: 1.8 % within a run, 24.0 % between runs"


def test_what_a_machine_does_not_show_is_no_judgement() -> None:
    bare = Machine(cores=1, logical_cores=1, memory_available=8 * GIB, disks={"results": 9 * GIB})
    checks, hidden = judged(bare)
    assert hidden == [
        "other processes",
        "steal",
        "waiting",
        "governor",
        "turbo",
        "shared cores",
        "clock",
        "power",
        "heat",
    ]
    assert not {each.what for each in checks} & {*hidden, *GPU_CHECKS}


def test_a_gpu_that_tells_only_its_name_is_not_judged() -> None:
    _, hidden = judged(replace(GOOD, gpus=({"name": "old"},)))
    assert hidden == list(GPU_CHECKS)


def test_the_worst_stands_first_and_only_it_has_advice() -> None:
    checks, _ = judged(replace(GOOD, turbo=True, plugged=False))
    assert [(each.what, each.verdict) for each in checks[:3]] == [
        ("power", "spoils"),
        ("turbo", "beware"),
        ("other processes", "ok"),
    ]
    assert all(bool(each.do) == (each.verdict != "ok") for each in checks)
