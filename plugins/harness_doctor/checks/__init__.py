"""What on a machine spoils figures, and what to do about it: each check judges plain readings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness_doctor.checks import gpus, load, processor, room, settings
from harness_doctor.judgement import VERDICTS, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness_doctor.judgement import Judgement
    from harness_doctor.machine import Machine

CHECKS: dict[str, Callable[[Machine], Judgement | None]] = {
    "other processes": load.other_processes,
    "steal": load.steal,
    "waiting": load.waiting,
    "cgroup quota": load.quota,
    "governor": processor.governor,
    "turbo": processor.turbo,
    "shared cores": processor.siblings,
    "virtual machine": processor.virtual,
    "clock": processor.clock,
    "power": processor.power,
    "heat": processor.heat,
    "memory": room.memory,
    "swap": room.swap,
    "disk": room.disks,
    "variables": settings.variables,
    "calibrated": settings.calibrated,
}
"""By what each is about; None is what the machine does not show."""
GPU_CHECKS: dict[str, Callable[[Machine], Judgement | None]] = {
    "GPU processes": gpus.company,
    "GPU clocks": gpus.clocks,
    "GPU persistence": gpus.persistence,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A judgement and what it is about."""

    what: str
    found: str
    verdict: Verdict
    do: str
    """Empty when all is well."""


def judged(machine: Machine) -> tuple[list[Check], list[str]]:
    """Return what the checks say, the worst first, and what the machine does not show."""
    judgements = {
        what: check(machine)
        for what, check in (CHECKS | (GPU_CHECKS if machine.gpus else {})).items()
    }
    checks = [
        Check(
            what=what,
            found=each.found,
            verdict=each.verdict,
            do="" if each.verdict == "ok" else each.do,
        )
        for what, each in judgements.items()
        if each is not None
    ]
    checks.sort(key=lambda check: VERDICTS.index(check.verdict), reverse=True)
    return checks, [what for what, each in judgements.items() if each is None]
