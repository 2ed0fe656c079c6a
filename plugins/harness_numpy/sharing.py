"""A batch shared among threads, each with some of its rows and the whole graph to walk.

All operators are then on all cores, not matrix products alone, and what a thread works on is
small enough to stay near it (docs/design/006). Rows do not depend on each other: the harness puts
an image into batches of any size.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Lock
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
    alone = Lock()

    def whole(batch: Batch) -> Outputs:
        with blas.limit(limits=threads, user_api="blas"):
            return run(graph, batch)

    def apart(batch: Batch, parts: int) -> Outputs:
        given = np.array_split(batch, parts)
        with blas.limit(limits=1, user_api="blas"):
            answers = [*pool.map(partial(run, graph), given)]
        if [each.shape[:1] for each in answers] != [each.shape[:1] for each in given]:
            return whole(batch)  # an output without a row for each image
        return np.concatenate(answers)

    def answer(batch: Batch) -> Outputs:
        parts = min(threads, len(batch)) if shared else 1
        with alone:  # the limit is the process's
            return apart(batch, parts) if parts > 1 else whole(batch)

    return answer
