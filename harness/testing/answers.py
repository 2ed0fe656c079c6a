"""What a backend's answers (N x classes ...) are worth beside the oracle's."""

from __future__ import annotations

from dataclasses import replace
from statistics import median_low
from typing import TYPE_CHECKING

import numpy as np

from harness import oracle
from harness.testing.checks import Check

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from harness.session import Outputs
    from harness.testing.checks import Level

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
    """Judge a trained model's answers; a target that is not known is None or less than 0.

    Where each pixel has a class, pixels are counted as right, and images as something else.
    """
    found = _compared("weights", name, ours, truth, allowed)
    if not found.figures:
        return found
    best, oracles = ours.argmax(axis=1), truth.argmax(axis=1)
    wanted = np.array([-1 if each is None else each for each in targets])
    known = wanted >= 0
    other = (best != oracles).reshape(len(best), -1).any(axis=1)
    total, others = int(known.sum()), int(other.sum())
    right, oracle_right = (int((each == wanted)[known].sum()) for each in (best, oracles))
    pixels = " pixels" if best.ndim > 1 else ""
    detail = f"{right} of {total}{pixels} right, the oracle {oracle_right}; {found.detail}"
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
    """Judge whether answers in float32 are as exact as it lets the other backends be.

    The measure is the lower median of the others that are right: of two the better, and of three
    the second, so that no single one, be it sloppy or exact beyond float32, decides alone.
    """
    found = _compared("numerics", name, ours, truth, allowed)
    if not found.figures:
        return found
    fitting = {each: outputs for each, outputs in others.items() if outputs.shape == truth.shape}
    theirs = {each: oracle.relative_difference(fitting[each], truth) for each in fitting}
    right = {each: difference for each, difference in theirs.items() if difference <= allowed}
    explained = max(MARGIN * median_low(right.values()), FLOOR) if right else ALONE
    bound = min(explained, allowed)
    beside = ", ".join(f"{each} by {difference:.2g}" for each, difference in right.items())
    contested = not right and _united(list(fitting.values()), allowed)
    if contested:
        beside = "the others agree with each other, not with the oracle"
    sound = found.figures["difference"] <= bound and not contested
    return replace(
        found,
        grade="degraded" if found.grade == "pass" and not sound else found.grade,
        detail=f"{found.detail}; {beside or 'nobody beside it'}; "
        f"float32 explains up to {bound:.2g}",
        figures={each: x for each, x in theirs.items() if np.isfinite(x)} | found.figures,
    )


def _united(answers: Sequence[Outputs], allowed: float) -> bool:
    """Return whether several answers are one."""
    if len(answers) < 2 or not all(np.isfinite(each).all() for each in answers):  # noqa: PLR2004
        return False
    return all(oracle.relative_difference(each, answers[0]) <= allowed for each in answers[1:])


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
