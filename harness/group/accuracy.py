"""Accuracy: every image once, and the oracle's verdict on the outputs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness import oracle, protocol
from harness.process import ChildError
from harness.types import Measurement
from harness.worker import read_artefact

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from harness.group.setting import Began, Setting
    from harness.session import Outputs
    from harness.types import Artefact, Group, Job, Record, Status, Subset


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """What is the same for all contenders of a group."""

    group: Group
    artefact: Artefact
    rows: list[int]
    """The images on which outputs are held against the oracle's."""
    reference: Outputs | ChildError
    """The oracle's outputs for them, or why there are none."""


def run_accuracy(group: Group, jobs: tuple[Job, ...], setting: Setting) -> Iterator[Record]:
    """Yield one record for each contender, as soon as it has answered."""
    if group.folder is None or group.images is None or group.case.subset is None:
        return
    artefact = read_artefact(group.folder)
    rows = oracle.rows(group.case.subset.count, artefact.manifest.macs)
    reference = _reference(artefact, group.images, rows, setting)
    shared = Pass(group=group, artefact=artefact, rows=rows, reference=reference)
    for job in jobs:
        setting.heard(f"{group.case.model} · {job.contender.backend} · accuracy")
        began = setting.begin()
        out = setting.path(began.beside("predictions", job, "npy"))
        try:
            opened, scored = _scored(shared, job, setting, began)
            status, reason, verdict = _judged(shared, out)
        except ChildError as error:
            yield setting.failure(job, began, error)
            continue
        finally:
            out.unlink(missing_ok=True)
        yield setting.record(
            job,
            began,
            status=status,
            reason=reason,
            actual=opened.actual,
            measurements=(*scored.measurements, *verdict, *_refused(shared, setting)),
            files={
                "predictions": began.beside("predictions", job, "parquet"),
                "log": began.beside("logs", job, "log"),
            },
            details={"unreadable": scored.unreadable} if scored.unreadable else {},
        )


def _reference(
    artefact: Artefact, images: Path, rows: list[int], setting: Setting
) -> Outputs | ChildError:
    setting.heard(f"{artefact.manifest.model} · oracle · {len(rows)} images in float64")
    try:
        return oracle.outputs(
            artefact,
            images,
            rows,
            backend=setting.suite.oracle,
            version=setting.oracle_version,
            files=list(setting.files),
            threads=setting.threads,
            timeout=setting.suite.timeout_seconds,
        )
    except ChildError as error:
        return error


def _scored(
    shared: Pass, job: Job, setting: Setting, began: Began
) -> tuple[protocol.Opened, protocol.Scored]:
    wanted = setting.suite.accuracy
    with setting.start(job, began) as child:
        opened = setting.open(child, shared.group, job)
        scored = child.ask(
            protocol.Score(
                metrics=list(wanted.metrics) if not _mismatch(shared) else [],
                rows=shared.rows,
                batch_size=wanted.batch_size,
                predictions=str(setting.path(began.beside("predictions", job, "parquet"))),
                out=str(setting.path(began.beside("predictions", job, "npy"))),
            ),
            protocol.Scored,
            setting.suite.timeout_seconds,
        )
    return opened, scored


def _judged(shared: Pass, out: Path) -> tuple[Status, str, tuple[Measurement, ...]]:
    if isinstance(shared.reference, ChildError):
        why = f"the oracle gave no answer: {shared.reference.reason}"
        return "ok", "", (Measurement(name="difference", unit="relative", reason=why),)
    ours = np.load(out, allow_pickle=False)
    allowed = oracle.tolerance(shared.group.case.precision, shared.artefact.manifest)
    verdict = oracle.judge(ours, shared.reference, allowed=allowed)
    return "ok" if verdict.right else "wrong", verdict.reason, verdict.measurements


def _refused(shared: Pass, setting: Setting) -> Iterator[Measurement]:
    """Yield the metrics that say nothing, since model and data speak of different classes."""
    if reason := _mismatch(shared):
        for name in setting.suite.accuracy.metrics:
            yield Measurement(name=name, unit="%", reason=reason)


def _mismatch(shared: Pass) -> str:
    subset: Subset | None = shared.group.case.subset
    model = shared.artefact.manifest.label_space
    if subset is None or subset.label_space == model:
        return ""
    return f"the images have labels of {subset.label_space!r}, the model answers in {model!r}"
