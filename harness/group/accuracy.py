"""Accuracy: every image once, and the oracle's verdict on the outputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness import protocol
from harness.group.reference import reference
from harness.process import ChildError
from harness.recipe import RANDOM
from harness.subset import Images
from harness.types import Measurement
from harness.worker import read_artefact

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.group.reference import Reference
    from harness.group.setting import Began, Setting
    from harness.types import Group, Job, Record


def run_accuracy(group: Group, jobs: tuple[Job, ...], setting: Setting) -> Iterator[Record]:
    """Yield one record for each contender, as soon as it has answered."""
    right = reference(group, setting)
    refused = list(_refused(group, setting))
    for job in jobs:
        setting.heard(f"{group.case.model} · {job.contender.name} · accuracy")
        began = setting.begin()
        out = setting.path(began.beside("predictions", job, "npy"))
        try:
            opened, scored = _scored(group, job, setting, began, right.rows, not refused)
            verdict = right.judge(np.load(out, allow_pickle=False))
        except ChildError as error:
            yield setting.failure(job, began, error)
            continue
        finally:
            out.unlink(missing_ok=True)
        yield setting.record(
            job,
            began,
            status="ok" if verdict is None or verdict.right else "wrong",
            reason="" if verdict is None else verdict.reason,
            actual=opened.actual,
            measurements=(
                *scored.measurements,
                *refused,
                *(verdict.measurements if verdict else (_unjudged(right),)),
            ),
            files={
                "predictions": began.beside("predictions", job, "parquet"),
                "log": began.beside("logs", job, "log"),
            },
            details={"unreadable": scored.unreadable} if scored.unreadable else {},
        )


def _scored(  # noqa: PLR0913, PLR0917 - what one pass depends on
    group: Group,
    job: Job,
    setting: Setting,
    began: Began,
    rows: list[int],
    comparable: bool,  # noqa: FBT001
) -> tuple[protocol.Opened, protocol.Scored]:
    wanted = setting.suite.accuracy
    with setting.start(job, began) as child:
        opened = setting.open(child, group, job)
        scored = child.ask(
            protocol.Score(
                metrics=list(wanted.metrics) if comparable else [],
                rows=rows,
                batch_size=wanted.batch_size,
                predictions=str(setting.path(began.beside("predictions", job, "parquet"))),
                out=str(setting.path(began.beside("predictions", job, "npy"))),
            ),
            protocol.Scored,
            setting.suite.timeout_seconds,
        )
    return opened, scored


def _unjudged(right: Reference) -> Measurement:
    why = f"the oracle gave no answer: {right.outputs}"
    return Measurement(name="difference", unit="relative", reason=why)


def _refused(group: Group, setting: Setting) -> Iterator[Measurement]:
    """Yield the metrics that would say nothing: of drawn weights, or of other classes."""
    if reason := _drawn(group) or _mismatch(group):
        for name in setting.suite.accuracy.metrics:
            yield Measurement(name=name, unit="%", reason=reason)


def _drawn(group: Group) -> str:
    """Return why a model that nobody trained has no accuracy, or "" for any other."""
    if group.case.weights != RANDOM:
        return ""
    return "the weights are random" + (f" ({group.not_had})" if group.not_had else "")


def _classes(size: tuple[int, ...]) -> str:
    return f"a class for each of {size[0]} x {size[1]} pixels" if size else "one class each"


def _mismatch(group: Group) -> str:
    """Return why outputs and labels cannot be compared, or ""."""
    subset = group.case.subset
    if subset is None or group.folder is None or group.images is None:
        return "there are no images"
    model, images = read_artefact(group.folder).manifest, Images.read(group.images)
    maps, size = images.label_maps, images.targets.shape[1:]
    if size != model.output_size:
        return f"the images have {_classes(size)}, the model answers {_classes(model.output_size)}"
    if subset.label_space == model.label_space:
        classes, fits = subset.classes, subset.classes in {0, model.num_classes}
    elif model.label_space in maps:
        classes = max(maps[model.label_space]) + 1
        fits = classes <= model.num_classes
    else:
        known = " or ".join(map(repr, (subset.label_space, *maps)))
        return f"the images have labels of {known}, the model answers in {model.label_space!r}"
    if not fits:
        return f"the images have {classes} classes, the model answers {model.num_classes}"
    return ""
