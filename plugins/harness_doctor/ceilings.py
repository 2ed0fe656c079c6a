"""What the machine gives at the most: floating-point operations and bytes of memory a second."""

from __future__ import annotations

import itertools
import statistics
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness import ceiling, environment, process, protocol
from harness.errors import UnavailableError
from harness.measure import clock
from harness.process import ChildError
from harness_doctor import matmul

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

TURNS = 10
TURN = protocol.Turn(seconds=0.2, calls=3)
TIMEOUT = 120.0
SWEEPS_SECONDS = 1.5
STREAMS = 3
"""Arrays that a sweep touches: two are read, one is written."""
BEYOND_CACHE = 4
"""Times the last cache that each array holds, STREAM's rule."""
USUAL_CACHE = 32 * 2**20
"""Bytes of the last cache where the machine does not show it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ceiling:
    """A rate a second: the best of several times, and the one in the middle."""

    best: float
    median: float
    times: int
    how: str
    """What was done, and what is counted."""


def matrix_product(threads: int, log: Path) -> Ceiling:
    """Return FLOP/s of single-precision matrix products, measured in a process of their own."""
    flops = ceiling.flops_per_call(threads)
    with process.start("harness.ceiling", log, threads) as child:
        try:
            turns = [child.ask(TURN, protocol.Turned, TIMEOUT) for _ in range(TURNS)]
        except ChildError as error:
            message = f"the matrix product could not be measured: {error.reason}"
            raise UnavailableError(message) from error
    return _ceiling(
        [_rate(turn, flops) for turn in turns], f"float32, {ceiling.size(threads):,} rows"
    )


def memory(threads: int, cache: int | None) -> Ceiling:
    """Return bytes a second of a = b + c, over arrays that do not fit the last cache.

    Every element counts three times, as in STREAM: two are read and one is written. What the
    hardware reads before it writes is not counted.
    """
    wanted = BEYOND_CACHE * (cache or USUAL_CACHE)
    affordable = environment.memory_available() // 2 // STREAMS
    length = min(wanted, affordable) // np.dtype(np.float64).itemsize
    size = length * np.dtype(np.float64).itemsize
    edges = [length * at // threads for at in range(threads + 1)]
    parts = [slice(*edge) for edge in itertools.pairwise(edges)]
    a, b, c = (np.empty(length) for _ in range(STREAMS))

    def touch(part: slice) -> None:
        a[part], b[part], c[part] = 0.0, 1.0, 2.0

    def add(part: slice) -> None:  # NumPy lets go of the interpreter while it adds
        np.add(b[part], c[part], out=a[part])

    rates: list[float] = []
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(touch, parts))  # each page comes to lie near the core that asks for it first
        end = clock() + SWEEPS_SECONDS * 1e9
        while len(rates) < TURNS or clock() < end:
            begin = clock()
            list(pool.map(add, parts))
            rates.append(STREAMS * size / (clock() - begin) * 1e9)
    reach = "" if size >= wanted else ", for want of memory too short to be beyond the last cache"
    return _ceiling(rates, f"a = b + c, {STREAMS} arrays of {size / 2**20:,.0f} MiB{reach}")


def gpu(threads: int, log: Path) -> dict[str, Ceiling] | str:
    """Return FLOP/s of the first GPU's matrix products by precision, or why there are none."""
    rates: dict[str, list[float]] = {name: [] for name in matmul.PRECISIONS}
    with process.start("harness_doctor.matmul", log, threads) as child:
        try:
            for _, found in itertools.product(range(TURNS), rates.values()):
                found.append(
                    _rate(child.ask(TURN, protocol.Turned, TIMEOUT), matmul.FLOPS_PER_CALL)
                )
        except ChildError as error:
            return error.reason
    return {name: _ceiling(found, f"{matmul.ROWS:,} rows") for name, found in rates.items()}


def _rate(turned: protocol.Turned, flops: int) -> float:
    return turned.calls * flops / turned.wall_ns * 1e9


def _ceiling(rates: Sequence[float], how: str) -> Ceiling:
    return Ceiling(best=max(rates), median=statistics.median(rates), times=len(rates), how=how)
