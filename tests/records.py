"""Made-up records for tests: what was timed, what was classified, on which machine."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from harness.scoring import TOP, Score, write_predictions
from harness.types import Case, Contender, Job, Measurement, Record, Subset

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from harness.types import Json, Kind, Status

SUBSET = Subset(
    dataset="mnist", split="test", label_space="mnist", count=8, total=8, seed=0, sha256="5"
)
CASE = Case(
    model="zoo:lenet5",
    weights="pretrained",
    artefact="a",
    subset=SUBSET,
    device="cpu",
    precision="fp32",
    batch_size=1,
)
OLD = Contender(backend="numpy", version="1")
NEW = Contender(backend="torch", version="2")


def record(  # noqa: PLR0913 - all that a comparison may hang on
    contender: Contender,
    medians: Iterable[float | None] = (),
    *,
    kind: Kind = "speed",
    group: str = "g",
    run: str = "r",
    status: Status = "ok",
    reason: str = "",
    case: Case = CASE,
    environment: dict[str, Json] | None = None,
    started: str = "2026-11-25T12:00:00+00:00",
) -> Record:
    """Return a record with the medians of its rounds."""
    who = f"{contender.backend} {contender.version} {contender.label} {contender.settings}"
    return Record(
        schema=2,
        run_id=run,
        group_run_id=group,
        job=Job(kind=kind, key=f"{kind} {who} {case.batch_size}", case=case, contender=contender),
        status=status,
        reason=reason,
        details={"round_medians": list(medians)},
        environment={"machine": "m"} | (environment or {}),
        started=started,
    )


def classified(
    contender: Contender, answers: Sequence[int], path: Path, targets: Sequence[int] | None = None
) -> Record:
    """Return an accuracy record whose predictions stand in a file; all targets are 0 by default."""
    true = np.asarray(targets if targets is not None else [0] * len(answers), np.int64)
    best = np.asarray(answers, np.int64)
    write_predictions(
        Score(
            measurements=[],
            outputs=np.zeros((0, 0)),
            ids=[str(each) for each in range(len(best))],
            targets=true,
            classes=np.repeat(best[:, np.newaxis], TOP, axis=1),
            scores=np.zeros((len(best), TOP)),
        ),
        path,
    )
    right = int((best == true).sum())
    top1 = Measurement(name="top1", unit="%", value=100 * right / len(best), k=right, n=len(best))
    found = record(contender, kind="accuracy", case=replace(CASE, batch_size=None))
    return replace(found, measurements=(top1,), files={"predictions": str(path)})


def rounds(
    rng: np.random.Generator, slowdowns: Sequence[float], *, count: int = 10, jitter: float = 0.01
) -> list[NDArray[np.float64]]:
    """Return the medians of a group's contenders, which share a drift of a quarter and more."""
    drift = np.exp(np.cumsum(rng.normal(0, 0.1, count)) + rng.normal(0, 0.2))
    return [1e6 * each * drift * np.exp(rng.normal(0, jitter, count)) for each in slowdowns]
