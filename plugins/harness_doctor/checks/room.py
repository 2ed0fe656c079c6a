"""Whether there is room: memory and disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness_doctor.judgement import Judgement, falling

if TYPE_CHECKING:
    from harness_doctor.machine import Machine

GIB = 2**30
SWAP = 0.1 * GIB
MEMORY = 4 * GIB, 1 * GIB
DISK = 5 * GIB, 1 * GIB


def memory(machine: Machine) -> Judgement | None:
    """Judge whether models will fit."""
    return Judgement(
        found=f"{machine.memory_available / GIB:.1f} GiB can be had",
        verdict=falling(machine.memory_available, *MEMORY),
        do="free some: contenders that do not fit together are loaded again in each round",
    )


def swap(machine: Machine) -> Judgement | None:
    """Judge whether something was moved out to a disk."""
    return Judgement(
        found=f"{machine.swap_used / GIB:.1f} GiB in use",
        verdict="beware" if machine.swap_used > SWAP else "ok",
        do="what is paged in while it is timed counts: free memory, then swapoff -a",
    )


def disks(machine: Machine) -> Judgement | None:
    """Judge whether results and cache have room."""
    told = ", ".join(f"{free / GIB:.1f} GiB for the {what}" for what, free in machine.disks.items())
    return Judgement(
        found=told,
        verdict=falling(min(machine.disks.values()), *DISK),
        do="free some; --out and HARNESS_CACHE choose other places",
    )
