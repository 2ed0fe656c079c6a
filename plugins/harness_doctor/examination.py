"""All that the doctor looks at, in turn: the machine at rest, its ceilings, its noise."""

from __future__ import annotations

import importlib.util
import tempfile
from dataclasses import replace
from pathlib import Path

from harness import cache, environment, gpu
from harness_doctor import ceilings, checks, machine, noise
from harness_doctor.report import Findings


def examined(out: Path) -> Findings:
    """Examine this machine, which nobody measures on meanwhile; `out` is the folder of results."""
    with cache.alone("measuring"), tempfile.TemporaryDirectory() as folder:
        looked = machine.read(out)
        throttled = machine.throttled()
        matrix_product = ceilings.matrix_product(looked.cores, Path(folder) / "ceiling.log")
        memory = ceilings.memory(looked.cores, machine.last_cache())
        on_gpu = None
        if gpu.has_cuda() and importlib.util.find_spec("torch"):
            on_gpu = ceilings.gpu(looked.cores, Path(folder) / "gpu.log")
        spread = noise.measured()
        if throttled is not None:
            looked = replace(looked, throttled=(machine.throttled() or 0) - throttled)
    said, hidden = checks.judged(looked)
    return Findings(
        machine=environment.machine(),
        cpu=environment.cpu_model(),
        cores=looked.cores,
        matrix_product=matrix_product,
        memory=memory,
        gpu=on_gpu,
        noise=spread,
        checks=said,
        hidden=hidden,
    )
