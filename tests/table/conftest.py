from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Literal

import pytest

from harness.types import Case, Contender, Job, Json, Measurement, Record, Subset

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.types import Kind, Status

FULL = Subset(
    dataset="mnist",
    split="test",
    label_space="mnist",
    count=100,
    total=100,
    seed=0,
    sha256="f" * 64,
)
PART = Subset(
    dataset="mnist", split="test", label_space="mnist", count=10, total=100, seed=7, sha256="a" * 64
)
SUBSETS = {"full": FULL, "part": PART, "": None}
KEYS = itertools.count()


@pytest.fixture
def make() -> Callable[..., Record]:
    """Return what makes a record of a kind, with its figures."""
    return record


def record(  # noqa: PLR0913 - all that a row may hang on
    kind: Kind = "accuracy",
    *figures: Measurement,
    model: str = "zoo:lenet5",
    weights: str = "pretrained",
    artefact: str = "0123456789abcdef",
    backend: str = "numpy",
    version: str = "2.0",
    format: str = "",  # noqa: A002 - the field's own word
    label: str = "",
    settings: dict[str, Json] | None = None,
    device: str = "cpu",
    precision: str = "fp32",
    subset: Literal["full", "part", ""] = "full",
    batch: int | None = None,
    key: str = "",
    status: Status = "ok",
    reason: str = "",
    role: Literal["contender", "control"] = "contender",
    machine: str = "here",
    group: str = "g",
    details: dict[str, Json] | None = None,
) -> Record:
    case = Case(
        model=model,
        weights=weights,
        artefact=artefact,
        subset=SUBSETS[subset],
        device=device,
        precision=precision,
        batch_size=batch,
    )
    contender = Contender(
        backend=backend,
        version=version,
        label=label,
        format=format,
        settings=settings or {},
        role=role,
    )
    return Record(
        schema=2,
        run_id="r",
        group_run_id=group,
        job=Job(kind=kind, key=key or str(next(KEYS)), case=case, contender=contender),
        status=status,
        reason=reason,
        measurements=figures,
        details=details or {},
        environment={"machine": machine, "cores": 2},
    )
