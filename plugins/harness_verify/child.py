"""The child that may crash: it prints each answer as it is found, and `null` when it is done.

A text instead says that the disk is full.

Run as `python -m harness_verify.child`.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from harness import protocol
from harness.discovery import discover
from harness.errors import StorageError
from harness.preprocess import encoder
from harness.subset import Images
from harness.testing import tiny_model
from harness.testing.contract import contract
from harness.testing.divergence import first_divergence
from harness.testing.operators import operators
from harness.testing.refusals import full
from harness.worker import read_artefact
from harness_verify import questions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.catalog import Catalogs
    from harness.testing import Check
    from harness.testing.divergence import Divergence
    from harness.types import Artefact


def answers(question: questions.Any) -> Iterator[Check | Divergence]:
    """Yield what is found out, as soon as it is."""
    catalogs = discover([Path(each) for each in question.files])
    backend = catalogs.backends.available(question.backend)
    with tempfile.TemporaryDirectory(prefix="harness-") as scratch:
        match question:
            case questions.Contract():
                yield from contract(
                    backend,
                    _model(question.folder, Path(scratch)),
                    files=catalogs.files,
                    threads=question.threads,
                    reference=catalogs.backends[question.oracle],
                    device=question.device,
                    precision=question.precision,
                    names=question.names,
                )
            case questions.Operators():
                yield from operators(
                    backend,
                    Path(scratch),
                    names=question.names,
                    threads=question.threads,
                    device=question.device,
                    precision=question.precision,
                )
            case questions.Locate():
                yield from _located(question, catalogs)


def _model(folder: str | None, scratch: Path) -> Artefact:
    return tiny_model(scratch) if folder is None else read_artefact(Path(folder))


def _located(question: questions.Locate, catalogs: Catalogs) -> Iterator[Divergence]:
    artefact = read_artefact(Path(question.folder))
    pixels = Images.read(Path(question.images)).pixels[question.rows]
    found = first_divergence(
        catalogs.backends[question.backend],
        catalogs.backends[question.oracle],
        artefact,
        encoder(artefact.manifest.encoding)(pixels),
        allowed=question.allowed,
        threads=question.threads,
        device=question.device,
        precision=question.precision,
    )
    if found is not None:
        yield found


def main() -> None:
    """Answer the parent's question."""
    hear, say = protocol.connect()
    question = questions.decode(hear())
    tempfile.tempdir = question.scratch  # a child that crashes clears nothing away
    try:
        for answer in answers(question):
            say(answer)
        say(None)
    except (OSError, StorageError) as error:
        disk = full(error)
        if disk is None:
            raise
        say(str(disk))


if __name__ == "__main__":
    main()
