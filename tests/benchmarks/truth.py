"""Does the harness say what is so? Backends with planted faults, and one against itself.

Run it with `make benchmark NAME=truth`; the last line is JSON. After a calibration ResNet-18 at
batch 1 is timed in 20 groups: ONNX Runtime twice, slowed by 10 % and by 3 %, each compared with
the first; `same`, `slower`, `faster` and `ambiguous` count the verdicts. `stall` is what p99 and
the median of one that stands still for 20 calls in every hundredth are of the plain one's.
`statuses` are those of one that claims a GPU, one that answers for too few images and one whose
answers are off by one; `ranked` names those of them that stand in the ranking.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from harness import calibration, compare
from harness.table import table
from tests.benchmarks.session import timed

if TYPE_CHECKING:
    from harness.calibration import Floor
    from harness.types import Record

PLANTED = (Path(__file__).with_name("planted.py"),)
CALIBRATIONS, GROUPS = 6, 20
SPEED = {"batch_sizes": [1], "rounds": 8, "processes": 8, "round_seconds": 0.1}
TWICE = [{"name": "plain", "label": side} for side in calibration.SIDES]
LIARS = ["elsewhere", "shortened", "wrong"]


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        floors = calibrated(folder)
        verdicts = compared(folder, floors)
        stalls = stalled(folder)
        records = timed(
            folder, plugins=PLANTED, backends=["plain", *LIARS], kinds=["accuracy", "speed"]
        )
    statuses = {
        name: sorted({each.status for each in records if each.job.contender.backend == name})
        for name in LIARS
    }
    rows = table(records).rows
    found = {
        "floor": {place: floor.paired for place, floor in floors.items()},
        **verdicts,
        "stall": stalls,
        "statuses": statuses,
        "ranked": [
            row.cells["backend"].text
            for row in rows
            if row.cells["backend"].text in LIARS and (row.ranked or row.cells["rank"].text)
        ],
    }
    sys.stdout.write(json.dumps(found) + "\n")


def calibrated(folder: Path) -> dict[str, Floor]:
    """Return this machine's noise, by `calibration.place`."""
    for _ in range(CALIBRATIONS):
        records = timed(
            folder, plugins=PLANTED, name=calibration.SUITE, backends=TWICE, speed=SPEED
        )
    return calibration.floors(folder, records)


def compared(folder: Path, floors: dict[str, Floor]) -> dict[str, dict[str, int]]:
    """Return how often each verdict was given on each candidate."""
    verdicts: dict[str, Counter[str]] = {
        "b": Counter(),
        "slowed10": Counter(),
        "slowed3": Counter(),
    }
    for _ in range(GROUPS):
        backends = [*TWICE, "slowed10", "slowed3"]
        records = timed(folder, plugins=PLANTED, backends=backends, speed=SPEED)
        for name, counts in verdicts.items():
            (speed,) = compare.of_contenders(records, "a", name, floors).speed
            counts[speed.verdict] += 1
    return {name: dict(counts) for name, counts in verdicts.items()}


def stalled(folder: Path) -> dict[str, float]:
    """Return median and p99 of the stalling backend over those of the plain one."""
    records = timed(
        folder,
        plugins=PLANTED,
        models=[{"name": "zoo:lenet5"}],
        backends=["plain", "stalling"],
        speed=SPEED | {"round_calls": 200},
    )
    return {
        name: figure(records, "stalling", name) / figure(records, "plain", name)
        for name in ("latency", "latency_p99")
    }


def figure(records: list[Record], backend: str, name: str) -> float:
    """Return a backend's figure."""
    return next(
        each.value or 0.0
        for record in records
        if record.job.contender.backend == backend
        for each in record.measurements
        if each.name == name
    )


if __name__ == "__main__":
    main()
