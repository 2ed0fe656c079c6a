"""A plugin file for tests: backends that are right, wrong, refuse, crash or hang."""

from __future__ import annotations

import ctypes
import errno
import os
import signal
import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import harness

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from harness.session import Batch, Loaded, LoadOptions, Outputs

    Spoil = Callable[[Batch, Outputs], Outputs]


def right(batch: Batch, outputs: Outputs) -> Outputs:
    """Leave an answer as it is."""
    del batch
    return outputs


def wrong(batch: Batch, outputs: Outputs) -> Outputs:
    """Answer beside the point."""
    del batch
    shifted: Outputs = outputs + abs(outputs).max()
    return shifted


def inexact(batch: Batch, outputs: Outputs) -> Outputs:
    """Answer less exactly than float32 explains."""
    del batch
    return outputs * (1 + 5e-5)


def refuses(batch: Batch, outputs: Outputs) -> Outputs:
    """Say no."""
    message = f"{len(batch)} images of {outputs.dtype}: not today"
    raise NotImplementedError(message)


def full(batch: Batch, outputs: Outputs) -> Outputs:
    """Find no space on the disk."""
    del batch, outputs
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def misshapen(batch: Batch, outputs: Outputs) -> Outputs:
    """Answer for one image too few."""
    del batch
    return outputs[1:]


def segfaults(batch: Batch, outputs: Outputs) -> Outputs:
    """Die as of a wild pointer."""
    os.kill(os.getpid(), signal.SIGSEGV)
    return right(batch, outputs)


def killed(batch: Batch, outputs: Outputs) -> Outputs:
    """Die as the system kills."""
    os.kill(os.getpid(), signal.SIGKILL)
    return right(batch, outputs)


def exits(batch: Batch, outputs: Outputs) -> Outputs:
    """End the process as if all were well."""
    os._exit(0)
    return right(batch, outputs)


def hangs(batch: Batch, outputs: Outputs) -> Outputs:
    """Never answer."""
    time.sleep(600)
    return right(batch, outputs)


def stuck(batch: Batch, outputs: Outputs) -> Outputs:
    """Never answer, nor let any other thread do anything."""
    print("stuck", file=sys.stderr, flush=True)  # noqa: T201 - the test waits for it
    ctypes.PyDLL(None).sleep(600)
    return right(batch, outputs)


def reads(batch: Batch, outputs: Outputs) -> Outputs:
    """Wait for what is on standard input."""
    sys.stdin.read()
    return right(batch, outputs)


def forks(batch: Batch, outputs: Outputs) -> Outputs:
    """Answer a batch of two twice; if it did so each time, every call would double them all."""
    if len(batch) == 2:
        os.fork()
    return right(batch, outputs)


def relu_dies(artefact: harness.Artefact, options: LoadOptions) -> Loaded:
    """Load anything but a graph that is one ReLU."""
    import onnx

    nodes = onnx.load(artefact.path(options.format)).graph.node
    if [each.op_type for each in nodes] == ["Relu"]:
        os.kill(os.getpid(), signal.SIGSEGV)
    return reference().load(artefact, options)


def dies_alone(artefact: harness.Artefact, options: LoadOptions) -> Loaded:
    """Load anything but in a precision that nobody has."""
    if options.precision == "fp7":
        os.kill(os.getpid(), signal.SIGSEGV)
    return reference().load(artefact, options)


def pairs(artefact: harness.Artefact, options: LoadOptions) -> Loaded:
    """Take two threads, however many were asked for."""
    loaded = reference().load(artefact, options)
    return replace(loaded, actual=replace(loaded.actual, threads=2))


def elsewhere(artefact: harness.Artefact, options: LoadOptions) -> Loaded:
    """Load it on another device than was asked for."""
    loaded = reference().load(artefact, options)
    return replace(loaded, actual=replace(loaded.actual, device="cuda"))


def reference() -> harness.Backend:
    """Return the backend whose answers are spoilt."""
    from harness.discovery import discover

    return discover().backends["numpy"]


def backend(name: str, spoil: Spoil) -> harness.Backend:
    """Return a backend that spoils what the reference answers."""

    def load(artefact: harness.Artefact, options: LoadOptions) -> Loaded:
        loaded = reference().load(artefact, options)
        inner = loaded.session
        return replace(loaded, session=lambda batch: spoil(batch, inner(batch)))

    return harness.Backend(name=name, summary="for tests", load=load, formats=("onnx",))


@harness.hookimpl
def harness_backends() -> Iterable[harness.Backend]:
    """Offer them all."""
    spoils = (right, wrong, inexact, refuses, full, misshapen)
    ends = (segfaults, killed, exits, hangs, stuck, reads, forks)
    for spoil in (*spoils, *ends):
        yield backend(spoil.__name__, spoil)
    yield replace(backend("relu_dies", right), load=relu_dies)
    yield replace(backend("dies_alone", right), load=dies_alone)
    yield replace(backend("elsewhere", right), load=elsewhere)
    yield replace(backend("pairs", right), load=pairs)
    yield replace(backend("foreign", right), formats=("sealed",))
