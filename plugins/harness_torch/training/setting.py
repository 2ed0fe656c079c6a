"""Where a network is trained: device, precision and threads."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from harness import UnavailableError, environment, gpu
from harness_torch import backend

if TYPE_CHECKING:
    from collections.abc import Iterator

    import torch

FAST_BF16 = ("amx_bf16", "avx512_bf16", "bf16")
"""CPU flags of instructions that multiply bfloat16; without them it is emulated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a training runs on."""

    device: Literal["cpu", "cuda"]
    precision: Literal["fp32", "bf16"]
    """Of the steps; what is measured of the network is always measured in fp32."""
    threads: int


def chosen(device: str, precision: str, threads: int | None) -> Setting:
    """Return the setting of a command line, `auto` replaced by what suits this machine."""
    if device == "auto":
        device = "cuda" if gpu.has_cuda() else "cpu"
    if reason := backend.missing_device(device):
        message = f"device {device!r}: {reason}; say --device cpu"
        raise UnavailableError(message)
    if precision == "auto":
        flags = environment.fingerprint().get("cpu_flags", [])
        fast = device == "cuda" or bool(set(FAST_BF16).intersection(flags))
        precision = "bf16" if fast else "fp32"
    return Setting(
        device="cuda" if device == "cuda" else "cpu",
        precision="bf16" if precision == "bf16" else "fp32",
        threads=threads or environment.cores(),
    )


@contextmanager
def used(setting: Setting) -> Iterator[None]:
    """Let torch use so many threads, and no algorithm that gives other bits each time."""
    import torch

    threads, benchmark = torch.get_num_threads(), torch.backends.cudnn.benchmark
    torch.set_num_threads(setting.threads)
    torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark = True, False
    try:
        yield
    finally:
        torch.set_num_threads(threads)
        torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark = False, benchmark


def lowered(setting: Setting) -> torch.autocast:
    """Return the context in which a step's forward pass has the setting's precision."""
    import torch

    return torch.autocast(setting.device, torch.bfloat16, enabled=setting.precision == "bf16")
