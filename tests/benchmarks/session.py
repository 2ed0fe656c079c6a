"""What the benchmarks share: a run, by default of speed alone, that prints its progress."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from harness import decode, progress, run, suite
from harness.discovery import discover
from harness.suite import DataSpec, ModelSpec

if TYPE_CHECKING:
    from harness.types import Record

RESNET18 = ModelSpec(name="timm:resnet18", weights="random")
NOISE = DataSpec(name="synthetic", limit=16)


def timed(folder: Path, *, plugins: tuple[Path, ...] = (), **keys: Any) -> list[Record]:  # noqa: ANN401 - any key of a suite
    """Run a new suite of these keys under a folder and return its records."""
    given = {"models": [RESNET18], "data": NOISE, "kinds": ["speed"]}
    data = decode.plain({"name": "benchmark", **given, **keys})
    lines = progress.Lines(Console(file=sys.stderr))
    chosen = suite.parse(data, "the benchmark", Path())
    return run.run(chosen, folder, discover(plugins), lines, fresh=True)
