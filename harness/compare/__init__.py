"""Two contenders of a run, or two runs: case by case a verdict on speed and on accuracy; pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.compare import accuracy, differences, pairing, speed
from harness.compare.accuracy import Accuracy
from harness.compare.pairing import Alone
from harness.compare.speed import MINIMUM_EFFECT, Speed, Verdict, ranks, verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from harness.calibration import Floor
    from harness.compare.pairing import Pair
    from harness.types import Record

__all__ = [
    "MINIMUM_EFFECT",
    "Accuracy",
    "Alone",
    "Comparison",
    "Speed",
    "Verdict",
    "of_contenders",
    "of_runs",
    "ranks",
    "verdict",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Everything that can be said of a candidate against a baseline."""

    baseline: str
    candidate: str
    speed: tuple[Speed, ...]
    accuracy: tuple[Accuracy, ...]
    only_baseline: tuple[Alone, ...]
    only_candidate: tuple[Alone, ...]
    notes: tuple[str, ...]
    """What else differs between the sides."""
    floors: dict[str, Floor]
    """The noise by `calibration.place`, where it is known."""


def of_contenders(
    records: Iterable[Record], baseline: str, candidate: str, floors: Mapping[str, Floor]
) -> Comparison:
    """Return the comparison of two contenders of a run, by what they are called.

    Each version and setting of the one stands against each of the other. `floors` are what is
    known of the noise, by `calibration.place`.
    """
    found = pairing.current(records)
    first, second = (pairing.named(found, name) for name in (baseline, candidate))
    pairs = pairing.of_contenders(first, second)
    return _compared((baseline, candidate), (first, second), pairs, floors)


def of_runs(
    baseline: Iterable[Record],
    candidate: Iterable[Record],
    names: tuple[str, str],
    floors: Mapping[str, Floor],
) -> Comparison:
    """Return the comparison of two runs: each contender with itself, whatever its version."""
    first, second = pairing.of_run(baseline), pairing.of_run(candidate)
    return _compared(names, (first, second), pairing.of_runs(first, second), floors)


def _compared(
    names: tuple[str, str],
    sides: tuple[list[Record], list[Record]],
    pairs: list[Pair],
    floors: Mapping[str, Floor],
) -> Comparison:
    wrong = [record for side in sides for record in side if record.status == "wrong"]
    paired = [record for pair in pairs for record in pair]
    told = [pair for pair in pairs if {record.status for record in pair} != {"skipped"}]
    by_kind = {
        kind: [pair for pair in told if pair.baseline.job.kind == kind] for kind in pairing.KINDS
    }
    return Comparison(
        baseline=names[0],
        candidate=names[1],
        speed=tuple(speed.of_pair(pair, wrong, floors) for pair in by_kind["speed"]),
        accuracy=tuple(accuracy.of_pair(pair) for pair in by_kind["accuracy"]),
        only_baseline=pairing.alone(sides[0], [*paired, *sides[1]]),
        only_candidate=pairing.alone(sides[1], [*paired, *sides[0]]),
        notes=differences.notes(told),
        floors=dict(floors),
    )
