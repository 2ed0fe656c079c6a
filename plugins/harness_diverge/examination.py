"""From what is asked to what was found."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness import oracle, prepare
from harness.errors import UsageError
from harness.suite import DataSpec, ModelSpec
from harness_diverge import answers, file, images, sentences
from harness_diverge.comparison import compare
from harness_diverge.pairing import Answers, paired

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.catalog import Catalogs
    from harness_diverge.comparison import Comparison

ORACLE = "numpy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is asked: a model, and in what B differs from how its weights were published."""

    model: str
    weights: str = "pretrained"
    file: Path | None = None
    """B's own functions."""
    settings: tuple[str, ...] = ()
    """B's own keys."""
    backend: str | None = None
    against: str | None = None
    """The backend of B's outputs, where that is another."""
    onnx: Path | None = None
    """The model of B's outputs, where that is another."""
    data: str | None = None
    """By default the smallest data set with the model's labels that can be fetched."""
    folder: str | None = None
    limit: int | None = None
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What was compared, and what was found."""

    model: str
    data: str
    backend: str
    allowed: float
    """Relative difference of outputs that counts as none."""
    found: Comparison


def examined(wish: Wish, catalogs: Catalogs, tell: Callable[[str], None]) -> Findings:
    """Return where B parts from A; what cannot be had raises `HarnessError`."""
    if not (wish.file or wish.settings or wish.against or wish.onnx):
        message = (
            "nothing is stated of B: give --chain FILE.py, --set geometry.KEY=VALUE, "
            "--set encoding.KEY=VALUE, --against BACKEND or --onnx FILE.onnx"
        )
        raise UsageError(message)
    theirs = file.read(wish.file) if wish.file else file.NONE
    backend = answers.backend(wish.backend, catalogs)
    other = answers.backend(wish.against, catalogs) if wish.against else backend
    if ":" not in wish.model:
        message = f"model {wish.model!r}: say scheme:name; harness list models shows the schemes"
        raise UsageError(message)
    tell(f"preparing {wish.model}")
    model = ModelSpec(name=wish.model, weights=wish.weights)
    artefact = prepare.model(model, Path(), catalogs, oracle=ORACLE)
    manifest = artefact.manifest
    if manifest.output_size:
        size = " x ".join(map(str, manifest.output_size))
        message = f"{wish.model} answers a map of {size} for each class; {images.ALONE}"
        raise UsageError(message)
    ours = answers.session(artefact, backend)
    asked = answers.of_file(artefact, wish.onnx) if wish.onnx else artefact
    how = ", ".join(str(each) for each in (wish.against, wish.onnx) if each)
    stages = paired(
        manifest,
        theirs,
        wish.settings,
        Answers(ours=ours, theirs=answers.session(asked, other) if how else ours, how=how),
    )
    spec = DataSpec(
        name=wish.data or images.usual(manifest, catalogs),
        path=wish.folder,
        limit=wish.limit,
        seed=wish.seed,
    )
    shown = images.shown(spec, manifest, catalogs)
    tell(f"showing {sentences.counted(len(shown.samples), 'image')} to both chains")
    allowed = oracle.tolerance("fp32", manifest)
    return Findings(
        model=manifest.model,
        data=shown.name,
        backend=backend.name,
        allowed=allowed,
        found=compare(stages, shown, manifest.geometry, allowed=allowed),
    )
