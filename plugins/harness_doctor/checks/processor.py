"""How the processor runs: its clock, its cores, its heat, what it is a part of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness_doctor.judgement import Judgement

if TYPE_CHECKING:
    from harness_doctor.machine import Machine

EXACT_CLOCKS = {"tsc", "arch_sys_counter", "kvm-clock", "hyperv_clocksource_tsc_page"}
"""Those that are read without a call into the system."""


def governor(machine: Machine) -> Judgement | None:
    """Judge how the clock follows the load."""
    if not machine.governors:
        return None
    return Judgement(
        found=", ".join(machine.governors),
        verdict="ok" if machine.governors == ("performance",) else "beware",
        do="cpupower frequency-set -g performance",
    )


def turbo(machine: Machine) -> Judgement | None:
    """Judge whether the clock depends on heat and on what the other cores do."""
    if machine.turbo is None:
        return None
    return Judgement(
        found="on" if machine.turbo else "off",
        verdict="beware" if machine.turbo else "ok",
        do="the clock follows heat and the other cores' load: switch it off where figures are to"
        " repeat, leave it on where they are to be the fastest",
    )


def siblings(machine: Machine) -> Judgement | None:
    """Judge whether threads share cores."""
    if machine.siblings is None:
        return None
    return Judgement(
        found=f"some of the {machine.cores} share a core" if machine.siblings else "none is shared",
        verdict="beware" if machine.siblings else "ok",
        do="bind the run to one CPU a core: taskset --cpu-list (lscpu --extended shows them)",
    )


def virtual(machine: Machine) -> Judgement | None:
    """Judge whether neighbours may be out of sight."""
    return Judgement(
        found=f"yes, {machine.virtual}" if machine.virtual else "none is seen",
        verdict="beware" if machine.virtual else "ok",
        do="its neighbours cannot be seen from within: compare within a run, and calibrate",
    )


def clock(machine: Machine) -> Judgement | None:
    """Judge what reading the time costs."""
    if not machine.clock_source:
        return None
    return Judgement(
        found=machine.clock_source,
        verdict="ok" if machine.clock_source in EXACT_CLOCKS else "beware",
        do="each reading takes a microsecond or more: latencies below 0.1 ms are too long",
    )


def power(machine: Machine) -> Judgement | None:
    """Judge whether a battery limits the clock."""
    if machine.plugged is None:
        return None
    return Judgement(
        found="mains" if machine.plugged else "battery",
        verdict="ok" if machine.plugged else "spoils",
        do="plug it in",
    )


def heat(machine: Machine) -> Judgement | None:
    """Judge whether the processor gets too hot under load."""
    if machine.throttled is None:
        return None
    return Judgement(
        found=f"it slowed down {machine.throttled:,} times while its ceilings were measured",
        verdict="spoils" if machine.throttled else "ok",
        do="cool it, or lower its clock: a limit that is never reached makes figures repeat",
    )
