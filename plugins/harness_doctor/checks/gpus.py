"""NVIDIA GPUs: who else is on them, and how steady their clocks are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness import gpu
from harness_doctor.judgement import Judgement

if TYPE_CHECKING:
    from harness_doctor.machine import Machine

IDLE = 0.9
"""Of its highest clock: a GPU that falls below it when idle is not locked to a clock."""


def company(machine: Machine) -> Judgement | None:
    """Judge who else computes on the GPUs."""
    others = [each["others"] for each in machine.gpus if "others" in each]
    if not others:
        return None
    return Judgement(
        found=f"{sum(others)} on {len(others)}",
        verdict="spoils" if any(others) else "ok",
        do="end them, or choose another GPU with CUDA_VISIBLE_DEVICES",
    )


def clocks(machine: Machine) -> Judgement | None:
    """Judge what holds the GPUs' clocks down, and whether they are held up."""
    shown = [each for each in machine.gpus if "throttle_reasons" in each]
    if not shown:
        return None
    if held := sorted({why for each in shown for why in each["throttle_reasons"]} - gpu.CHOSEN):
        return Judgement(
            found=f"held down by {', '.join(held)}",
            verdict="spoils",
            do="cool it, or raise its power limit (nvidia-smi --power-limit)",
        )
    speeds = [
        (each["sm_mhz"], each["sm_mhz_max"])
        for each in shown
        if {"sm_mhz", "sm_mhz_max"} <= {*each}
    ]
    return Judgement(
        found=", ".join(f"{now} of {most} MHz" for now, most in speeds) or "not held down",
        verdict="beware" if any(now < IDLE * most for now, most in speeds) else "ok",
        do="they fall when it idles: lock them (nvidia-smi --lock-gpu-clocks)",
    )


def persistence(machine: Machine) -> Judgement | None:
    """Judge whether the driver stays loaded between processes."""
    modes = [each["persistence"] for each in machine.gpus if "persistence" in each]
    if not modes:
        return None
    return Judgement(
        found="on" if all(modes) else "off",
        verdict="ok" if all(modes) else "beware",
        do="nvidia-smi --persistence-mode=1: loading the driver counts in the first inference",
    )
