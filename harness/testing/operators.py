"""Every operator alone, against the cases that ONNX itself publishes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.errors import UnavailableError
from harness.testing import single
from harness.testing.answers import FAULTS, reason
from harness.testing.asking import outputs
from harness.testing.cases import CNN_OPERATORS, node_cases
from harness.testing.checks import Check
from harness.testing.models import written

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from pathlib import Path

    import onnx

    from harness.offers import Backend
    from harness.testing.cases import NodeCase
    from harness.testing.checks import Grade

FORMATS = {"onnx", "structure"}


def operators(
    backend: Backend,
    folder: Path,
    *,
    names: Iterable[str] = CNN_OPERATORS,
    skip: Collection[str] = (),
    threads: int = 1,
) -> Iterator[Check]:
    """Yield how a backend computes each operator; their models are written into the folder.

    `skip` names cases that are not to be asked, as one that ends the process.
    """
    if not FORMATS & {*backend.formats}:
        why = f"takes {', '.join(backend.formats)}; an operator alone is an ONNX file"
        yield Check(level="operators", name="all", grade="not applicable", detail=why)
        return
    for name in names:
        cases = node_cases(name)
        fitting = [each for each in cases if single.fits(each) and each.name not in skip]
        if fitting:
            yield _operator(name, backend, fitting, folder, threads)
            continue
        why = "no case of it takes float32 and answers with floats"
        yield Check(level="operators", name=name, grade="not applicable", detail=why)


def _operator(
    name: str, backend: Backend, cases: Sequence[NodeCase], folder: Path, threads: int
) -> Check:
    wrong, refused = [], []
    for case in cases:
        network = single.network(case)
        try:
            complaint = _complaint(case, network, backend, folder / case.name, threads)
        except UnavailableError as error:
            return Check(level="operators", name=name, grade="not applicable", detail=reason(error))
        except FAULTS as error:
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
    case: NodeCase, network: onnx.ModelProto, backend: Backend, folder: Path, threads: int
) -> str:
    """Return what is wrong with the first wrong output of a case, or ""."""
    folder.mkdir(exist_ok=True)
    batch = single.batch(case)
    height, width = (1, 1, *batch.shape)[-2:]
    for output, right in single.wanted(case).items():
        classes = right.shape[-1] if right.ndim else 1
        artefact = written(folder, network, size=(height, width), classes=classes, output=output)
        answer = outputs(backend, artefact, batch.copy(), threads=threads)
        if complaint := single.difference(np.asarray(answer), right, case):
            return complaint
    return ""
