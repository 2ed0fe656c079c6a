"""The yardstick child: products of square float32 matrices, the most arithmetic a CPU can give.

Run as `python -m harness.ceiling`; it answers `Turn` with `Turned`, as a worker does.
"""

from __future__ import annotations

import math
import os
import statistics
from typing import TYPE_CHECKING

import numpy as np

from harness import environment, measure, protocol
from harness.errors import HarnessError
from harness.offers import Bounds

if TYPE_CHECKING:
    from collections.abc import Callable

THREADS = "OMP_NUM_THREADS"
"""The variable by which a parent says how many threads its child has."""
BLOCK = 128
BLOCKS = 8
"""How many blocks of rows the matrices have for one thread."""


def flops_per_call(threads: int) -> int:
    """Return the floating-point operations of one call, additions and multiplications."""
    return 2 * size(threads) ** 3


def size(threads: int) -> int:
    """Return the rows of the matrices: on the plateau, in calls of 10 to 40 ms on most CPUs.

    Rows grow by the cube root of the threads, so that a call's time stays. Best of 15 rounds on
    two cores of an AMD EPYC (family 26): 240 to 252 GFLOP/s with 512 to 3,072 rows on one thread,
    468 to 480 with 1,024 to 3,072 on two; a call of these sizes takes 9 ms there.
    """
    return BLOCK * round(BLOCKS * math.cbrt(threads))


def product(rows: int) -> Callable[[], object]:
    """Return a callable that multiplies two matrices of so many rows, all memory made before."""
    random = np.random.default_rng(0)
    left, right = random.standard_normal((2, rows, rows), dtype=np.float32)
    out = np.zeros_like(left)
    return lambda: np.dot(left, right, out=out)


def turn(request: Callable[[], object], command: protocol.Turn) -> protocol.Turned:
    """Measure one turn, and come to rest before anybody else has theirs."""
    bounds = Bounds(seconds=command.seconds, calls=command.calls)
    samples = measure.turn(request, measure.back_to_back, bounds, [])
    return protocol.Turned(
        calls=len(samples.latency),
        wall_ns=samples.wall_ns,
        cpu_ns=samples.cpu_ns,
        median_ns=statistics.median(samples.latency),
        rested=measure.rest(),
    )


def main() -> None:
    """Serve turns until the parent has no more."""
    request = product(size(int(os.environ.get(THREADS) or environment.cores())))

    def handle(command: protocol.Command) -> protocol.Turned:
        if isinstance(command, protocol.Turn):
            return turn(request, command)
        message = f"{type(command).__name__} does not fit here"
        raise HarnessError(message)

    protocol.serve(handle)


if __name__ == "__main__":
    main()
