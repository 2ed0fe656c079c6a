"""Time one backend against itself: what differs then is this machine's noise."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness import calibration, run, suite
from harness.catalog import missing
from harness.errors import UnavailableError
from harness_doctor.checks.load import LOAD
from harness_doctor.judgement import percent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from harness.catalog import Catalogs
    from harness.suite import Suite
    from harness.types import Record

BATCH_SIZES = [4]
IMAGES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is timed, and how often."""

    backend: str
    model: str
    device: str
    runs: int
    rounds: int


@dataclass(slots=True)
class Count:
    """A run's progress that counts the groups that are finished, and ends at what fails."""

    total: int
    tell: Callable[[str], None]
    done: int = 0

    def start(self, groups: int, done: int) -> None:
        """Say nothing: the number is known."""

    def preparing(self, model: str) -> None:
        """Say nothing: it takes time at the first group alone."""

    def heard(self, now: str) -> None:
        """Say nothing."""

    def recorded(self, record: Record) -> None:
        """Raise `UnavailableError` for a side that could not be timed: the rest is in vain."""
        if record.status != "ok":
            side = f"{record.job.contender.backend} on {record.job.case.model}"
            message = f"{side}: {record.status}: {record.reason}"
            raise UnavailableError(message)

    def finished(self) -> None:
        """Count the group."""
        self.done += 1
        self.tell(f"group {self.done} of {self.total}")


def calibrate(
    wish: Wish, runs: Path, catalogs: Catalogs, tell: Callable[[str], None]
) -> list[Record]:
    """Time a backend against itself, again and again; what fails raises `UnavailableError`."""
    chosen = suite_of(wish, catalogs)
    progress = Count(total=wish.runs * len(BATCH_SIZES), tell=tell)
    records: list[Record] = []
    for _ in range(wish.runs):
        records += run.run(chosen, runs, catalogs, progress, fresh=True)
    return records


def suite_of(wish: Wish, catalogs: Catalogs) -> Suite:
    """Return the suite that times a backend against itself; what is not there is named at once."""
    catalogs.backends.available(wish.backend)
    source = catalogs.model_sources[wish.model.partition(":")[0]]
    if reason := missing(source):
        message = (
            f"{wish.model}: {reason}; or choose another with --model: "
            "zoo:lenet5 (needs torch) or onnx:PATH"
        )
        raise UnavailableError(message)
    # An ONNX file holds its weights; any other source can draw them, which needs no hub.
    weights = "pretrained" if source.format == "onnx" else "random"
    data = {
        "name": calibration.SUITE,
        "summary": f"{wish.backend} against itself",
        "models": [{"name": wish.model, "weights": weights}],
        "backends": [{"name": wish.backend, "label": side} for side in calibration.SIDES],
        "data": {"name": "synthetic", "limit": IMAGES},
        "devices": [wish.device],
        "kinds": ["speed"],
        "speed": {"batch_sizes": BATCH_SIZES, "rounds": wish.rounds},
    }
    return suite.parse(data, "the calibration", Path.cwd())


def told(records: Sequence[Record], runs: Path) -> Iterator[str]:
    """Yield in words what these records and those of earlier calibrations say of a machine."""
    machine = records[0].environment["machine"]
    folder = runs / calibration.SUITE / machine
    if floor := calibration.floor(runs, machine, records[0].job.case.device):
        yield (
            f"within one run, differences under {percent(floor.paired)} are this machine's noise; "
            f"between runs, under {percent(floor.between)} ({floor.groups} groups in {folder})"
        )
    conditions = [record.details.get("conditions", {}) for record in records]
    others = max(each.get("elsewhere_cores", 0.0) for each in conditions)
    cores = records[0].environment["logical_cores"]
    if others >= LOAD[0] * cores:
        yield (
            f"other processes used up to {others:.1f} of {cores} cores meanwhile: "
            f"stop them, remove {folder} and calibrate again for the noise of this machine alone"
        )
