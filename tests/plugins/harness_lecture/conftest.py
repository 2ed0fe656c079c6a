"""What these tests share: made-up records of a model, and the lecture's table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.types import Case, Contender, Job, Measurement, Record, Subset
from harness_lecture import published

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.types import Json, Status

    Make = Callable[..., list[Record]]

RESULTS = Path(__file__).parents[3] / "results"
FEW = Subset(
    dataset="imagenet-20",
    split="test",
    label_space="imagenet-1k",
    count=20,
    total=20,
    seed=0,
    sha256="f",
)


@pytest.fixture
def row() -> Callable[[str], published.Row]:
    """Return what gives the lecture's row of a model."""
    rows = {each.model: each for each in published.rows(RESULTS)}
    return rows.__getitem__


@pytest.fixture
def make() -> Make:
    """Return what makes the records of a model."""
    return records


def records(  # noqa: PLR0913 - all that a comparison may hang on
    model: str,
    *,
    figures: dict[str, int] | None = None,
    top1: dict[str, int | str] | None = None,
    subset: Subset = FEW,
    weights: str = "pretrained",
    status: Status = "ok",
    reason: str = "",
    details: dict[str, Json] | None = None,
) -> list[Record]:
    """Return a model's static record, and for each backend of `top1` one of k right or a reason."""
    case = Case(model=model, weights=weights, artefact=model, subset=None, device="", precision="")
    static = Record(
        schema=2,
        run_id="r",
        group_run_id="g",
        job=Job(kind="static", key=model, case=case, contender=Contender(backend="", version="")),
        status=status,
        reason=reason,
        measurements=tuple(
            Measurement(name=name, unit="count", value=value)
            for name, value in (figures or {}).items()
        ),
        details=details or {},
        environment={"machine": "m"},
    )
    return [static, *(_accuracy(case, subset, *each) for each in (top1 or {}).items())]


def _accuracy(case: Case, subset: Subset, backend: str, right: int | str) -> Record:
    from dataclasses import replace

    from harness import stats

    figure = Measurement(name="top1", unit="%", reason=str(right))
    if isinstance(right, int):
        low, high = (100 * each for each in stats.wilson(right, subset.count))
        share = 100 * right / subset.count
        figure = replace(
            figure, value=share, reason="", low=low, high=high, k=right, n=subset.count
        )
    return Record(
        schema=2,
        run_id="r",
        group_run_id="g",
        job=Job(
            kind="accuracy",
            key=f"{case.model} {backend} {subset.sha256}",
            case=replace(case, subset=subset, device="cpu", precision="fp32"),
            contender=Contender(backend=backend, version="1"),
        ),
        status="ok",
        measurements=(figure, replace(figure, name="top5")),
        environment={"machine": "m"},
    )
