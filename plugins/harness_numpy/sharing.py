"""A batch shared among threads, each with some of its rows and the whole graph to walk.

All operators are then on all cores, not matrix products alone, and what a thread works on is
small enough to stay near it (docs/design/006). Rows do not depend on each other: the harness puts
an image into batches of any size.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from threadpoolctl import ThreadpoolController

from harness_numpy.execution import run

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.session import Batch, Outputs
    from harness_numpy.graph import Graph


def session(graph: Graph, threads: int, *, shared: bool) -> Callable[[Batch], Outputs]:
    """Return the function that answers a batch on so many threads."""
    pool = ThreadPoolExecutor(threads)
    blas = ThreadpoolController()

    def answer(batch: Batch) -> Outputs:
        parts = max(1, min(threads, len(batch))) if shared else 1
        with blas.limit(limits=threads if parts == 1 else 1, user_api="blas"):
            if parts == 1:
                return run(graph, batch)
            return np.concatenate([*pool.map(partial(run, graph), np.array_split(batch, parts))])

    return answer
