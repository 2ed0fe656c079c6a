"""A batch shared among threads, each with some of its rows and a whole graph to walk.

Every operator is then on all cores, not matrix products alone, and a thread's tensors are small
enough to stay near it. Rows do not depend on each other: the harness itself puts the same image
into batches of different sizes. In float64, for the oracle, the batch stays whole.
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


def session(graph: Graph, threads: int) -> Callable[[Batch], Outputs]:
    """Return the function that answers a batch on so many threads."""
    return partial(
        _answer, graph, threads, ThreadPoolExecutor(threads), ThreadpoolController()
    )


def _answer(
    graph: Graph,
    threads: int,
    pool: ThreadPoolExecutor,
    blas: ThreadpoolController,
    batch: Batch,
) -> Outputs:
    parts = min(threads, len(batch)) if graph.separable else 1
    with blas.limit(limits=max(1, threads // parts), user_api="blas"):
        if parts == 1:
            return run(graph, batch)
        return np.concatenate(list(pool.map(partial(run, graph), np.array_split(batch, parts))))
