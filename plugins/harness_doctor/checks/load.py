"""What else goes on: other processes, other guests, waiting, a quota that runs out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness_doctor.judgement import VERDICTS, Judgement, percent, rising

if TYPE_CHECKING:
    from harness_doctor.machine import Machine

LOAD = 0.05, 0.25
"""Shares of the cores that others keep busy: from the first beware, from the second it spoils.

A turn wants all cores, so what others take comes out of it; a figure whose calls spread by 25 % is
called unusable.
"""
STEAL = 0.01, 0.05
WAITING = {"cpu": (0.05, 0.25), "memory": (0.01, 0.05), "io": (0.10, 0.50)}
"""Shares of the time in which some process waited for it.

Waiting for memory means paging, which costs most; waiting for a disk costs a timed request nothing
unless memory is short, too.
"""


def other_processes(machine: Machine) -> Judgement | None:
    """Judge what others do while nothing is measured."""
    cores = machine.conditions.get("elsewhere_cores")
    if cores is None:
        return None
    named = f": {', '.join(machine.busiest)}" if machine.busiest else ""
    return Judgement(
        found=f"use {cores:.2f} of {machine.logical_cores} cores{named}",
        verdict=rising(cores / machine.logical_cores, *LOAD),
        do="stop them, or measure when they rest",
    )


def steal(machine: Machine) -> Judgement | None:
    """Judge what the host gives to other guests."""
    share = machine.conditions.get("steal")
    if share is None:
        return None
    return Judgement(
        found=f"the host withheld {percent(share)} of the CPU time asked for",
        verdict=rising(share, *STEAL),
        do="trust ratios within a run alone; a host of your own has none of it",
    )


def waiting(machine: Machine) -> Judgement | None:
    """Judge for how long processes waited for CPU, memory and disk."""
    pressure = machine.conditions.get("pressure")
    if not pressure:
        return None
    verdicts = [rising(share, *WAITING[name]) for name, share in pressure.items()]
    told = ", ".join(f"{name} {percent(share)}" for name, share in pressure.items())
    return Judgement(
        found=f"some process waited for {told} of the time",
        verdict=max(verdicts, key=VERDICTS.index),
        do="see which process it is, and stop it",
    )


def quota(machine: Machine) -> Judgement | None:
    """Judge what the cgroup grants, and whether it ran out."""
    if machine.quota is None:
        return Judgement(found="none")
    share = machine.conditions.get("throttled", 0.0)
    if share > 0:
        return Judgement(
            found=f"{machine.quota:g} cores, which ran out in {percent(share)} of its periods",
            verdict="spoils",
            do="raise the quota, or let nothing else run within it",
        )
    return Judgement(
        found=f"{machine.quota:g} cores",
        verdict="ok" if machine.quota.is_integer() else "beware",
        do="a part of a core comes in bursts: grant whole ones",
    )
