"""A plugin file of backends with planted faults: ONNX Runtime, slowed, stalled, wrong or lying."""

from __future__ import annotations

import itertools
import time
from functools import partial
from typing import TYPE_CHECKING

import harness

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from harness.session import Batch, Outputs

    Call = Callable[[Batch], Outputs]

STALL_EVERY = 100
STALL = 20
"""Calls that a stall lasts."""


def slowed(share: float, inner: Call) -> Call:
    """Return a session that takes so much longer, by a share of each call's own time."""

    def session(batch: Batch) -> Outputs:
        begin = time.perf_counter()
        outputs = inner(batch)
        end = time.perf_counter() + share * (time.perf_counter() - begin)
        while time.perf_counter() < end:
            pass
        return outputs

    return session


def stalling(inner: Call) -> Call:
    """Return a session that stands still in every hundredth call."""
    counter = itertools.count(1)

    def session(batch: Batch) -> Outputs:
        begin = time.perf_counter()
        outputs = inner(batch)
        if next(counter) % STALL_EVERY == 0:
            time.sleep(STALL * (time.perf_counter() - begin))
        return outputs

    return session


def wrong(inner: Call) -> Call:
    """Return a session whose outputs are off by one."""
    return lambda batch: inner(batch) + 1


def shortened(inner: Call) -> Call:
    """Return a session that answers for one image of the batch too few."""
    return lambda batch: inner(batch)[:-1]


def unchanged(inner: Call) -> Call:
    """Return the session itself."""
    return inner


def load(
    fault: Callable[[Call], Call],
    device: str,
    artefact: harness.Artefact,
    options: harness.LoadOptions,
) -> harness.Loaded:
    """Return ONNX Runtime's session with a fault, on the device that it says."""
    from onnxruntime import InferenceSession, SessionOptions

    chosen = SessionOptions()
    chosen.intra_op_num_threads = options.threads
    inner = InferenceSession(artefact.path("onnx"), chosen, providers=["CPUExecutionProvider"])
    name = inner.get_inputs()[0].name

    def call(batch: Batch) -> Outputs:
        outputs: Outputs = inner.run(None, {name: batch})[0]
        return outputs

    return harness.Loaded(
        session=fault(call),
        actual=harness.Actual(
            device=device, provider="planted", precision="fp32", threads=options.threads
        ),
    )


@harness.hookimpl
def harness_backends() -> Iterable[harness.Backend]:
    """Offer them."""
    faults: dict[str, Callable[[Call], Call]] = {
        "plain": unchanged,
        "slowed10": partial(slowed, 0.10),
        "slowed3": partial(slowed, 0.03),
        "stalling": stalling,
        "wrong": wrong,
        "shortened": shortened,
    }
    for name, fault in faults.items():
        yield harness.Backend(
            name=name, summary="planted", load=partial(load, fault, "cpu"), formats=("onnx",)
        )
    yield harness.Backend(
        name="elsewhere",
        summary="says that it runs on a GPU",
        load=partial(load, unchanged, "cuda"),
        formats=("onnx",),
    )
