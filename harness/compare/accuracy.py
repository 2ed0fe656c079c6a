"""Two accuracy records to McNemar's verdict on the images that they both saw."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from harness import stats
from harness.compare.naming import failure, titled
from harness.errors import DataError

if TYPE_CHECKING:
    from harness.compare.pairing import Pair
    from harness.types import Case, Measurement, Record

Outcome: TypeAlias = Literal["better", "worse", "same answers", "no difference found", "refused"]

METRIC = "top1"


class Count(NamedTuple):
    """How many images were classified rightly, and of how many."""

    right: int
    images: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Accuracy:
    """One case: both sides' Top-1, and whether the images tell them apart."""

    case: Case
    baseline: str
    """The contender, with its version."""
    candidate: str
    verdict: Outcome
    top1: tuple[Count | None, Count | None] = (None, None)
    """Of the baseline and of the candidate."""
    p: float | None = None
    """McNemar's exact p-value that they err equally often."""
    reason: str = ""
    broken: bool = False
    """Whether the baseline was ok and the candidate is not."""


def of_pair(pair: Pair) -> Accuracy:
    """Return the comparison of a pair's stored predictions."""
    found = Accuracy(
        case=pair.baseline.job.case,
        baseline=titled(pair.baseline.job.contender),
        candidate=titled(pair.candidate.job.contender),
        verdict="refused",
        top1=(_count(pair.baseline), _count(pair.candidate)),
    )
    failures = [failure(record) for record in pair]
    reasons = [*failures, *map(_unmeasured, pair)]
    if any(reasons):
        broken = bool(failures[1] and not failures[0])
        return replace(found, reason=next(filter(None, reasons)), broken=broken)
    try:
        first, second = (_predictions(record) for record in pair)
    except DataError as error:
        return replace(found, reason=str(error))
    if _targets(first) != _targets(second):
        return replace(found, reason="their predictions are of different images")
    return _judged(found, [(first[each], second[each]) for each in first])


def counted(count: Count | None) -> str:
    """Return a count for a person; "-" where there is none."""
    return f"{count.right:,} of {count.images:,}" if count else "-"


class _Prediction(NamedTuple):
    target: int
    best: int

    @property
    def right(self) -> bool:
        return self.best == self.target


def _judged(found: Accuracy, answers: list[tuple[_Prediction, _Prediction]]) -> Accuracy:
    first, second = ([pair[side].right for pair in answers] for side in (0, 1))
    p = stats.mcnemar(first, second)
    verdict: Outcome = "no difference found"
    if all(one == other for one, other in answers):
        verdict = "same answers"
    elif p < 1 - stats.CONFIDENCE:
        verdict = "better" if sum(second) > sum(first) else "worse"
    return replace(found, verdict=verdict, p=p)


def _predictions(record: Record) -> dict[str, _Prediction]:
    """Return a record's predictions by image; `DataError` where they are not there."""
    from pyarrow import ArrowInvalid, parquet

    missing = f"the predictions of {record.job.contender.name} cannot be read"
    path = record.files.get("predictions")
    if path is None:
        message = f"{missing}: none are recorded"
        raise DataError(message)
    try:
        columns = parquet.read_table(path, columns=["id", "target", "class_1"]).to_pydict()
    except (OSError, ArrowInvalid) as reason:
        message = f"{missing}: {path}"
        raise DataError(message) from reason
    rows = zip(columns["id"], columns["target"], columns["class_1"], strict=True)
    return {name: _Prediction(target, best) for name, target, best in rows}


def _targets(predictions: dict[str, _Prediction]) -> dict[str, int]:
    return {name: prediction.target for name, prediction in predictions.items()}


def _unmeasured(record: Record) -> str:
    """Return why a record has no Top-1, or ""."""
    top1 = _top1(record)
    if top1 is not None and top1.value is not None:
        return ""
    why = top1.reason if top1 else "it was not asked for"
    return f"{record.job.contender.name} has no Top-1: {why}"


def _count(record: Record) -> Count | None:
    top1 = _top1(record)
    if top1 is None or top1.k is None or top1.n is None:
        return None
    return Count(top1.k, top1.n)


def _top1(record: Record) -> Measurement | None:
    return next((each for each in record.measurements if each.name == METRIC), None)
