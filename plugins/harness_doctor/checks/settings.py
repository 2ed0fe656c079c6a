"""What the user has set: variables of the shell, and a calibration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness_doctor.judgement import Judgement, percent

if TYPE_CHECKING:
    from harness_doctor.machine import Machine


def variables(machine: Machine) -> Judgement | None:
    """Judge what the shell would change."""
    parts = []
    if machine.removed:
        parts.append(f"{', '.join(machine.removed)}: kept from every measuring process")
    if machine.inherited:
        parts.append(f"{', '.join(machine.inherited)}: reaches every measuring process")
    return Judgement(
        found="; ".join(parts) or "none that changes figures",
        verdict="beware" if machine.inherited else "ok",
        do=f"unset {' '.join(machine.inherited)}, unless it is what you want to measure",
    )


def calibrated(machine: Machine) -> Judgement | None:
    """Judge whether this machine's noise is known."""
    if machine.floor is None:
        return Judgement(
            found="no",
            verdict="beware",
            do="harness calibrate: until its noise is known, two runs cannot be compared",
        )
    return Judgement(
        found=f"{machine.floor.measured[:10]}: {percent(machine.floor.paired)} within a run, "
        f"{percent(machine.floor.between)} between runs"
    )
