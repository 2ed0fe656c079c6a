"""Every operator alone, against the cases that ONNX itself publishes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from harness.errors import UnavailableError
from harness.testing import single
from harness.testing.asking import outputs, place
from harness.testing.cases import CNN_OPERATORS, node_cases
from harness.testing.checks import Check
from harness.testing.models import ONNX, written
from harness.testing.refusals import FAULTS, let_pass, reason

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
    from pathlib import Path

    import onnx

    from harness.offers import Backend
    from harness.session import Batch, Outputs
    from harness.testing.cases import NodeCase
    from harness.testing.checks import Grade
    from harness.types import Artefact

    Ask: TypeAlias = Callable[[Artefact, Batch], Outputs]


def operators(  # noqa: PLR0913 - each names one thing that the answers depend on
    backend: Backend,
    folder: Path,
    *,
    names: Iterable[str] = CNN_OPERATORS,
    skip: Collection[str] = (),
    threads: int = 1,
    device: str | None = None,
    precision: str | None = None,
) -> Iterator[Check]:
    """Yield how a backend computes each operator; their models are written into the folder.

    `skip` names cases that are not to be asked, as one that ends the process. Without a device
    and a precision it is asked for the CPU and float32, if it has them.
    """
    if {*ONNX}.isdisjoint(backend.formats):
        why = f"takes {', '.join(backend.formats)}; an operator alone is an ONNX file"
        yield Check(level="operators", name="all", grade="not applicable", detail=why)
        return
    try:
        device, precision = place(backend, device, precision)
    except UnavailableError as error:
        yield Check(level="operators", name="all", grade="not applicable", detail=str(error))
        return
    ask = partial(outputs, backend, threads=threads, device=device, precision=precision)
    slack = single.slack_in(precision)
    for name in names:
        cases = node_cases(name)
        fitting = [each for each in cases if single.fits(each) and each.name not in skip]
        if fitting:
            yield _operator(name, fitting, folder, ask, slack)
            continue
        why = "no case of it takes float32 and answers with floats"
        yield Check(level="operators", name=name, grade="not applicable", detail=why)


def _operator(name: str, cases: Sequence[NodeCase], folder: Path, ask: Ask, slack: float) -> Check:
    wrong, refused = [], []
    for case in cases:
        network = single.network(case)
        try:
            complaint = _complaint(case, network, folder / case.name, ask, slack)
        except FAULTS as error:
            let_pass(error)
            refused.append(f"{case.name}: {reason(error)}".replace(f"{folder}/", ""))
            continue
        if complaint:
            wrong.append(f"{case.name}: {complaint}")
    said = [
        f"{len(found)} of {len(cases)} cases {what}: {found[0]}"
        for what, found in (("wrong", wrong), ("refused", refused))
        if found
    ]
    grade: Grade = "fail" if wrong else "degraded" if refused else "pass"
    passed = len(cases) - len(wrong) - len(refused)
    return Check(
        level="operators",
        name=name,
        grade=grade,
        detail="; ".join(said) or f"{passed} cases",
        figures={"cases": len(cases), "passed": passed},
    )


def _complaint(
    case: NodeCase, network: onnx.ModelProto, folder: Path, ask: Ask, slack: float
) -> str:
    """Return what is wrong with the first wrong output of a case, or ""."""
    folder.mkdir(exist_ok=True)
    batch = single.batch(case)
    height, width = (1, 1, *batch.shape)[-2:]
    for output, right in single.wanted(case).items():
        classes = right.shape[-1] if right.ndim else 1
        artefact = written(folder, network, size=(height, width), classes=classes, output=output)
        answer: object = ask(artefact, batch.copy())
        if not isinstance(answer, (np.ndarray, np.generic)):
            return f"answers a {type(answer).__name__}, not an array"
        if complaint := single.difference(np.asarray(answer), right, case, slack):
            return complaint
    return ""
