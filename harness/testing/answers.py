"""What a backend's answers (N x classes) are worth beside the oracle's, and what an error is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from harness import oracle
from harness.errors import HarnessError, UnavailableError
from harness.process import ChildError
from harness.testing.checks import Check

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from harness.session import Outputs
    from harness.testing.checks import Grade, Level

EPSILON = float(np.finfo(np.float32).eps)
FLOOR = 16 * EPSILON
"""1.9e-6, which no backend is asked to stay beneath: the backends at hand were between 1.5e-7
(LeNet-5, SqueezeNet) and 1.9e-6 (MobileNetV3) from the oracle."""
MARGIN = 4
"""How much further than the others is still rounding: on one model the backends at hand lay within
a factor of 1.6 of each other, while half precision rounds 8192 times as coarsely."""
ALONE = 64 * EPSILON
"""7.6e-6, where nobody is there to compare with: a sum of 4096 products, as in the wide layers of
the classics, drifts by the square root of so many roundings."""

FAULTS = (Exception, SystemExit)
"""What a backend may raise without ending the questions."""
ENDED: dict[str, Grade] = {
    "skipped": "not applicable",
    "timeout": "fail",
    "killed": "fail",
    "wrong": "fail",
}
"""What the end of a child is worth, by its status; any other is a refusal."""


def architecture(name: str, ours: Outputs, truth: Outputs, *, allowed: float) -> Check:
    """Judge one model's answers by their distance from the oracle's."""
    return _compared("architectures", name, ours, truth, allowed)


def weights(
    name: str,
    ours: Outputs,
    truth: Outputs,
    targets: Sequence[int | None] | NDArray[np.integer],
    *,
    allowed: float,
) -> Check:
    """Judge a trained model's answers; a target that is not known is None or less than 0."""
    found = _compared("weights", name, ours, truth, allowed)
    if not found.figures:
        return found
    best, oracles = ours.argmax(axis=1), truth.argmax(axis=1)
    wanted = np.array([-1 if each is None else each for each in targets])
    known = wanted >= 0
    total, others = int(known.sum()), int((best != oracles).sum())
    right, oracle_right = (int((each == wanted)[known].sum()) for each in (best, oracles))
    detail = f"{right} of {total} right, the oracle {oracle_right}; {found.detail}"
    if others:
        detail += f"; {others} of {len(best)} images are something else to it than to the oracle"
    return replace(
        found,
        grade="degraded" if found.grade == "pass" and others else found.grade,
        detail=detail,
        figures=found.figures
        | {"right": right, "oracle_right": oracle_right, "known": total, "other_top1": others},
    )


def numerics(
    name: str,
    ours: Outputs,
    truth: Outputs,
    others: Mapping[str, Outputs],
    *,
    allowed: float,
) -> Check:
    """Judge whether answers are as exact as float32 lets the other backends be.

    An other that is itself wrong widens nothing.
    """
    found = _compared("numerics", name, ours, truth, allowed)
    if not found.figures:
        return found
    theirs = {
        each: oracle.relative_difference(outputs, truth)
        for each, outputs in others.items()
        if outputs.shape == truth.shape
    }
    right = {each: difference for each, difference in theirs.items() if difference <= allowed}
    bound = max(MARGIN * max(right.values()), FLOOR) if right else ALONE
    beside = ", ".join(f"{each} by {difference:.2g}" for each, difference in right.items())
    exact = found.figures["difference"] <= bound
    return replace(
        found,
        grade="degraded" if found.grade == "pass" and not exact else found.grade,
        detail=f"{found.detail}; {beside or 'nobody beside it'}; "
        f"float32 explains up to {bound:.2g}",
        figures=found.figures | {each: x for each, x in theirs.items() if np.isfinite(x)},
    )


def refused(level: Level, name: str, error: BaseException) -> Check:
    """Return what an error instead of an answer is worth.

    What this machine lacks is not applicable, a child that died or hung has failed, and all else
    is a refusal: whoever asked was told.
    """
    grade: Grade = "degraded"
    if isinstance(error, UnavailableError):
        grade = "not applicable"
    if isinstance(error, ChildError):
        grade = ENDED.get(error.status, grade)
    return Check(level=level, name=name, grade=grade, detail=reason(error))


def reason(error: BaseException) -> str:
    """Return an error's kind, where it is not one of ours, and what it says, on one line."""
    text = " ".join(str(error).split())
    if isinstance(error, HarnessError | ChildError):
        return text
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _compared(level: Level, name: str, ours: Outputs, truth: Outputs, allowed: float) -> Check:
    """Return the check with its `difference`; without that figure nothing could be compared."""
    check = Check(level=level, name=name, grade="fail")
    if not np.isfinite(truth).all():
        why = "an output of the oracle itself is not finite"
        return replace(check, grade="not applicable", detail=why)
    if ours.shape != truth.shape:
        return replace(check, detail=f"answers {ours.shape}, the oracle {truth.shape}")
    if not np.isfinite(ours).all():
        return replace(check, detail="an output is not finite")
    difference = oracle.relative_difference(ours, truth)
    right = difference <= allowed
    return replace(
        check,
        grade="pass" if right else "fail",
        detail=f"off by {difference:.2g}" + ("" if right else f", over {allowed:.2g}"),
        figures={"difference": difference},
    )
