"""What a backend says of itself, and whether that is true."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from harness import gpu, measure
from harness.offers import Bounds
from harness.testing.models import sample_batch
from harness.testing.refusals import FAULTS, let_pass, reason

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from harness.offers import Backend
    from harness.session import LoadOptions
    from harness.testing.promises import Found, Subject

LISTING = """
import json, sys
from pathlib import Path
from harness.discovery import discover
files, backend, names = json.loads(sys.argv[1])
before = {*sys.modules}
offered = backend in discover([Path(file) for file in files]).backends
print(json.dumps([offered, sorted({*names} & {*sys.modules} - before)]))
"""
"""Finds the plugins, then says whether one offers the backend and which engines that imported."""

PATIENCE = 60.0
SECONDS = 0.2
"""How long cores are counted."""
SLACK = 0.5
"""Cores above the threads that the process's other work may take: wider than in a measured run,
since here the session shares its process with whoever asks."""


def imports_no_engine(backend: Backend, files: Iterable[Path]) -> Found:
    """Find the plugins in a fresh interpreter and look whether an engine is loaded by then."""
    if not backend.requires:
        return "not applicable", "it names no engine in `requires`"
    question = [[str(each) for each in files], backend.name, backend.requires]
    paths = os.pathsep.join(each for each in sys.path if each)
    try:
        asked = subprocess.run(  # noqa: S603 - this very interpreter
            [sys.executable, "-P", "-c", LISTING, json.dumps(question)],
            capture_output=True,
            text=True,
            check=True,
            timeout=PATIENCE,
            env=os.environ | {"PYTHONPATH": paths},
        )
    except subprocess.TimeoutExpired:
        return "fail", f"finding plugins takes longer than {PATIENCE:g} s"
    except subprocess.CalledProcessError as error:
        return "fail", f"finding plugins ends with: {' '.join(error.stderr.splitlines()[-1:])}"
    offered, imported = json.loads(asked.stdout.splitlines()[-1])
    if not offered:
        why = f"no plugin that is installed or named in `files` offers {backend.name}"
        return "not applicable", why
    if imported:
        return "fail", f"finding plugins imports {', '.join(imported)}"
    return "pass", f"{', '.join(backend.requires)} not imported"


def unknown_device(subject: Subject) -> Found:
    """Ask for a device that nobody has."""
    return _unknown(subject, replace(subject.options, device="nowhere"), "device")


def unknown_precision(subject: Subject) -> Found:
    """Ask for a precision that nobody has."""
    return _unknown(subject, replace(subject.options, precision="fp7"), "precision")


def actual(subject: Subject) -> Found:
    """Hold what it says against what was asked, and the cores that are busy against its threads."""
    asked, said = subject.options, subject.loaded.actual
    if (said.device, said.precision) != (asked.device, asked.precision):
        return "fail", (
            f"asked for {asked.device} and {asked.precision}, "
            f"says {said.device} and {said.precision}"
        )
    if not 1 <= said.threads <= asked.threads:
        return "fail", f"asked for {asked.threads} threads, says {said.threads}"
    if said.device == "cuda" and gpu.holds_gpu(os.getpid()) is False:
        return "fail", "says cuda, but its process has no GPU open"
    cores = _busy(subject)
    if cores > said.threads + SLACK:
        return "fail", f"{cores:.1f} cores are busy where it says {said.threads} threads"
    return "pass", (
        f"{said.device}, {said.precision}, {said.threads} threads, {cores:.1f} cores busy"
    )


def _unknown(subject: Subject, options: LoadOptions, what: str) -> Found:
    """Ask the backend itself: a plugin author may not hide behind the harness's own guard."""
    wanted = getattr(options, what)
    try:
        loaded = subject.backend.load(subject.artefact, options)
    except FAULTS as error:
        let_pass(error)
        return "pass", f"refused: {reason(error)}"
    said = getattr(loaded.actual, what)
    if said == wanted:
        return "fail", f"claims {what} {wanted!r}, which does not exist"
    return "degraded", f"asked for {what} {wanted!r}, goes on with {said!r} and says so"


def _busy(subject: Subject) -> float:
    """Return how many cores the process keeps busy while it answers."""
    from threadpoolctl import threadpool_limits

    batch = sample_batch(subject.artefact, subject.size)
    measure.rest()  # threads of earlier questions may still spin
    request = measure.requests(subject.loaded.session, batch.copy, [])
    bounds = Bounds(seconds=SECONDS, calls=1)
    with threadpool_limits(subject.options.threads):  # as a measured child's environment has it
        turned = measure.turn(request, measure.back_to_back, bounds, [])
    return turned.cpu_ns / max(turned.wall_ns, 1)
