"""What was found out about a backend, and on what; the same for every way to write it down."""

from __future__ import annotations

import tempfile
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from harness import cache, environment
from harness.testing import worst
from harness_verify.network import version
from harness_verify.wish import ORACLE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.testing import Check, Grade
    from harness.testing.checks import Level
    from harness_verify.wish import Wish

    Outcome: TypeAlias = Grade | Literal["incomplete"]
    """What several checks amount to; `incomplete` where none failed, yet one is not settled."""

GRADES: tuple[Grade, ...] = ("pass", "degraded", "fail", "not applicable")
SELF = (
    "The oracle is this backend in float64: a fault of both shows in operators alone, which are "
    "ONNX's own tests, and in numerics, where the others agree with each other and not with it."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Graded:
    """A level, its grade, and how many of its checks have each grade."""

    level: Level
    grade: Outcome
    counts: dict[Grade, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """All that `harness verify` says."""

    backend: str
    version: str
    device: str
    precision: str
    grade: Outcome
    """The worst of all levels."""
    levels: tuple[Graded, ...]
    checks: tuple[Check, ...]
    cpu: str
    cores: int
    versions: dict[str, str]
    """Of the harness and of the packages that took part."""
    note: str = ""
    """What a reader has to know of this backend's grades."""


def verdict(wish: Wish, checks: Iterable[Check]) -> Verdict:
    """Return the verdict that the checks amount to."""
    found = tuple(map(_placeless, checks))
    packages = [*environment.PACKAGES, wish.backend.distribution]
    return Verdict(
        backend=wish.backend.name,
        version=version(wish.backend.name, wish),
        device=wish.device,
        precision=wish.precision,
        grade=_outcome(found),
        levels=tuple(_graded(level, found) for level in wish.levels),
        checks=found,
        cpu=environment.cpu_model(),
        cores=wish.threads,
        versions={"harness": environment.harness_version()}
        | environment.versions(sorted({*packages} - {""})),
        note=SELF if wish.backend.name == ORACLE else "",
    )


def _graded(level: Level, checks: tuple[Check, ...]) -> Graded:
    own = [each for each in checks if each.level == level]
    counts = Counter(each.grade for each in own)
    return Graded(
        level=level,
        grade=_outcome(own),
        counts={grade: counts[grade] for grade in GRADES if counts[grade]},
    )


def _outcome(checks: Iterable[Check]) -> Outcome:
    found = [*checks]
    grade = worst(found)
    unsettled = grade != "fail" and not all(each.settled for each in found)
    return "incomplete" if unsettled else grade


def _placeless(check: Check) -> Check:
    """Return a check that does not tell where this machine keeps its files."""
    places = _places()

    def hidden(text: str) -> str:
        for place, name in places.items():
            text = text.replace(str(place), name)
        return text

    return replace(check, detail=hidden(check.detail), located=hidden(check.located))


def _places() -> dict[Path, str]:
    """Return where this machine keeps files, and what is said instead."""
    found = {cache.root(): "CACHE", Path(tempfile.gettempdir()): "TMP"}
    with suppress(RuntimeError):  # nobody's home
        found[Path.home()] = "~"
    return {place: name for place, name in found.items() if place != place.parent}
