"""The pieces of work that a verification consists of, each in children of its own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from harness import plan, prepare
from harness.errors import HarnessError, StorageError
from harness.process import ChildError
from harness.suite import ModelSpec
from harness.testing import Check, answers
from harness.testing.cases import CNN_OPERATORS
from harness.testing.contract import ACTUAL, NAMES, RESTS
from harness.testing.models import ONNX
from harness.testing.refusals import refused
from harness_verify import isolated, outputs, questions
from harness_verify.locating import located
from harness_verify.network import ready
from harness_verify.wish import ORACLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from harness.session import Outputs
    from harness.testing.checks import Level
    from harness_verify.network import Network
    from harness_verify.wish import Wish

TINY = "tiny"
PREPARED = ModelSpec(name="zoo:lenet5")
"""A network that a backend can be asked about even if it takes no ONNX."""

DEATHS = 10
"""After so many at which a child died, the others are not asked."""
EXPLAINED = "fp32"
"""The precision whose rounding the level numerics explains."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Work that ends in checks."""

    about: str
    """What is being done, for who waits."""
    size: int
    """How many checks it ends in, unless it can ask less."""
    checks: Callable[[], Iterator[Check]]


def pieces(wish: Wish) -> Iterator[Piece]:
    """Yield the pieces in the order of the levels."""
    if "contract" in wish.levels:
        size = len(NAMES) + (wish.threads > 1)
        for name, asked in ((TINY, _tiny_contract), (PREPARED.name, _prepared_contract)):
            yield Piece(about=f"contract · {name}", size=size, checks=partial(asked, wish))
    if "operators" in wish.levels:
        size = len(CNN_OPERATORS)
        yield Piece(about="operators", size=size, checks=partial(_operators, wish))
    seeded: list[Level] = [each for each in wish.levels if each in {"architectures", "numerics"}]
    if "numerics" in seeded and wish.precision != EXPLAINED:
        seeded.remove("numerics")
        yield Piece(about="numerics", size=1, checks=partial(_unexplained, wish))
    if seeded:
        lost: set[str] = set()
        for spec in wish.networks.seeded:
            checks = partial(_seeded, spec, seeded, wish, lost)
            yield Piece(about=spec.name, size=len(seeded), checks=checks)
    if "weights" in wish.levels:
        for spec in wish.networks.trained:
            about = f"weights · {spec.name}"
            yield Piece(about=about, size=1, checks=partial(_trained, spec, wish))


def _tiny_contract(wish: Wish) -> Iterator[Check]:
    if not wish.takes_onnx:
        yield _not_applicable("contract", TINY, plan.unreachable(wish.backend, ONNX))
        return
    yield from _contract(TINY, None, wish)


def _contract(name: str, folder: Path | None, wish: Wish) -> Iterator[Check]:
    passed = set()
    for check in _promises(NAMES, folder, wish):
        if check.grade == "pass":
            passed.add(check.name)
        yield replace(check, name=f"{check.name} · {name}")
    if wish.threads > 1 and ACTUAL in passed:  # on all cores no more can be busy than it says
        for check in _promises([ACTUAL], folder, replace(wish, threads=1)):
            yield replace(check, name=f"{check.name}, one thread · {name}")


def _promises(asked: Sequence[str], folder: Path | None, wish: Wish) -> Iterator[Check]:
    def question(names: list[str]) -> questions.Contract:
        return questions.Contract(
            files=wish.files,
            backend=wish.backend.name,
            device=wish.device,
            precision=wish.precision,
            threads=wish.threads,
            scratch=str(wish.scratch),
            folder=str(folder) if folder else None,
            oracle=ORACLE,
            names=names,
        )

    yield from _one_by_one("contract", asked, question, wish)


def _prepared_contract(wish: Wish) -> Iterator[Check]:
    try:
        artefact = prepare.model(PREPARED, Path(), wish.catalogs, oracle=ORACLE)
    except StorageError:
        raise
    except HarnessError as error:
        yield _not_applicable("contract", PREPARED.name, str(error))
        return
    yield from _contract(PREPARED.name, artefact.folder, wish)


def _operators(wish: Wish) -> Iterator[Check]:
    def question(names: list[str]) -> questions.Operators:
        return questions.Operators(
            files=wish.files,
            backend=wish.backend.name,
            device=wish.device,
            precision=wish.precision,
            threads=wish.threads,
            scratch=str(wish.scratch),
            names=names,
        )

    yield from _one_by_one("operators", CNN_OPERATORS, question, wish)


def _one_by_one(
    level: Level,
    names: Sequence[str],
    question: Callable[[list[str]], questions.Any],
    wish: Wish,
) -> Iterator[Check]:
    """Yield the checks of a level by their names; where a child dies, another is asked the rest."""
    left, why = [*names], f"not asked: {DEATHS} before it crashed or hung"
    for _ in range(DEATHS):
        try:
            for check in isolated.ask(question(left), Check, wish):
                left = [each for each in left if each != check.name]
                yield check
        except ChildError as error:
            died = left.pop(0) if left else "after the last"
            yield Check(level=level, name=died, grade="fail", detail=error.reason)
        else:
            return
        if not left or died in RESTS:
            why = RESTS.get(died, why)
            break
    for name in left:
        yield _not_applicable(level, name, why)


def _unexplained(wish: Wish) -> Iterator[Check]:
    why = f"its bounds are those of {EXPLAINED}; {wish.precision} is held to the tolerance alone"
    yield _not_applicable("numerics", "all", why)


def _seeded(spec: ModelSpec, levels: list[Level], wish: Wish, lost: set[str]) -> Iterator[Check]:
    def judged(network: Network, ours: Outputs) -> Iterator[Check]:
        given = spec.name, ours, network.truth
        if "architectures" in levels:
            check = answers.architecture(*given, allowed=network.allowed)
            yield located(check, ours, network, wish)
        if "numerics" in levels:
            others = outputs.others(network, wish, lost)
            yield answers.numerics(*given, others, allowed=network.allowed)

    yield from _asked(spec, levels, wish, judged)


def _trained(spec: ModelSpec, wish: Wish) -> Iterator[Check]:
    def judged(network: Network, ours: Outputs) -> Iterator[Check]:
        given = spec.name, ours, network.truth, network.targets
        check = answers.weights(*given, allowed=network.allowed)
        yield located(check, ours, network, wish)

    yield from _asked(spec, ["weights"], wish, judged)


def _asked(
    spec: ModelSpec,
    levels: list[Level],
    wish: Wish,
    judged: Callable[[Network, Outputs], Iterator[Check]],
) -> Iterator[Check]:
    """Yield how the answers for a network are judged, or why there are none."""
    try:
        network = ready(spec, wish)
    except ChildError as error:
        for level in levels:
            lost = _not_applicable(level, spec.name, f"the oracle gave no answer: {error.reason}")
            yield replace(lost, settled=error.status == "skipped")
        return
    if isinstance(network, str):
        for level in levels:
            yield _not_applicable(level, spec.name, network)
        return
    try:
        ours = outputs.own(network, wish)
    except ChildError as error:
        yield refused(levels[0], spec.name, error)
        for level in levels[1:]:
            yield _not_applicable(level, spec.name, "it gave no answer")
        return
    yield from judged(network, ours)


def _not_applicable(level: Level, name: str, reason: str) -> Check:
    return Check(level=level, name=name, grade="not applicable", detail=reason)
