"""What every report holds, in words and rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.testing import Check
    from harness.testing.checks import Level
    from harness_verify.verdict import Graded, Verdict

ASKS: dict[Level, str] = {
    "contract": "does it keep what a backend promises",
    "operators": "ONNX's own tests of every operator that a CNN can hold",
    "architectures": "the classics with seeded weights",
    "weights": "real weights on real images",
    "numerics": "as exact as float32 allows",
}
OURS = "difference"
"""What a check calls the distance of the backend that is verified."""
NONE = "—"
LONGEST = 200
"""Characters of what was seen; engines can be talkative, and JSON holds it all."""


def title(found: Verdict) -> str:
    """Return what was verified, and its grade."""
    return f"{found.backend} on {found.device} in {found.precision}: {found.grade}"


def counted(graded: Graded) -> str:
    """Return how many of a level's checks have which grade."""
    asked = {grade: count for grade, count in graded.counts.items() if grade != "not applicable"}
    parts = [", ".join(f"{count} {grade}" for grade, count in asked.items())]
    if left := graded.counts.get("not applicable"):
        parts.append(f"{left} not applicable")
    return "; ".join(part for part in parts if part) or "nothing was asked"


def wanting(found: Verdict) -> list[Check]:
    """Return the checks that are not a pass, those that failed first."""
    grades = ("fail", "degraded")
    return [each for grade in grades for each in found.checks if each.grade == grade]


def trained(found: Verdict) -> list[Check]:
    """Return what was found with real weights."""
    return [each for each in found.checks if each.level == "weights" and each.figures]


def numerics(found: Verdict) -> tuple[list[str], list[list[str]]]:
    """Return the columns and rows of the relative errors, the verified backend's first."""
    checks = [each for each in found.checks if each.level == "numerics" and each.figures]
    others = sorted({name for each in checks for name in each.figures} - {OURS})
    rows = [
        [each.name, *(_error(each, name) for name in (OURS, *others)), each.grade]
        for each in checks
    ]
    return ["architecture", f"{found.backend} *", *others, "grade"], rows


def absent(found: Verdict) -> list[tuple[str, str, str]]:
    """Return (level, why, which) of what is not applicable."""
    gathered: dict[tuple[str, str], list[str]] = {}
    for each in found.checks:
        if each.grade == "not applicable":
            gathered.setdefault((each.level, each.detail), []).append(each.name)
    return [(level, why, ", ".join(names)) for (level, why), names in gathered.items()]


def said(check: Check) -> list[str]:
    """Return what was seen, cut where it grows too long to be read, and where it begins."""
    return [_cut(each) for each in (check.detail, check.located) if each]


def machine(found: Verdict) -> str:
    """Return what it was verified on and with."""
    versions = ", ".join(f"{name} {version}" for name, version in found.versions.items())
    return f"{found.backend} {found.version} on {found.cpu}, {found.cores} cores; {versions}"


def _cut(text: str) -> str:
    line = " ".join("".join(each if each.isprintable() else " " for each in text).split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"


def _error(check: Check, name: str) -> str:
    return f"{check.figures[name]:.1e}" if name in check.figures else NONE
