"""The last stage: an encoded image to the model's outputs, one image at a time."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from harness import environment, worker
from harness.catalog import contender, missing
from harness.errors import HarnessError, ModelError, UnavailableError, UsageError, reason
from harness.scoring import check_shape
from harness.session import LoadOptions, fitting
from harness.types import Form, Node

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from harness.catalog import Catalogs
    from harness.offers import Backend
    from harness.types import Artefact
    from harness_diverge.stage import Step


def backend(name: str | None, catalogs: Catalogs) -> Backend:
    """Return a backend by name; without one ONNX Runtime, or NumPy where that is not installed.

    Raises `UsageError` for a control.
    """
    if name is None:
        usual = catalogs.backends["onnxruntime"]
        return catalogs.backends["numpy"] if missing(usual) else usual
    return contender(catalogs.backends, name)


def of_file(artefact: Artefact, path: Path) -> Artefact:
    """Return the artefact whose ONNX form is somebody's own file."""
    if not path.is_file():
        message = f"--onnx {path} does not exist"
        raise UsageError(message)
    form = Form(node=Node(format="onnx"), file=str(path.resolve()), sha256="", size=0)
    manifest = replace(artefact.manifest, forms={"onnx": form}, output=None)
    return replace(artefact, manifest=manifest)


def session(artefact: Artefact, chosen: Backend) -> Step:
    """Return the step that asks a backend about one encoded image."""
    forms = artefact.manifest.forms
    format = fitting(chosen, forms)  # noqa: A001 - the field's own word
    if not format:
        takes, made = ", ".join(chosen.formats), ", ".join(forms)
        message = f"{chosen.name} takes {takes}; the model has {made}"
        raise UnavailableError(message)
    options = LoadOptions(format=format, threads=environment.cores(), batch_size=1)
    loaded = worker.load(chosen, artefact, options)
    size = worker.only_batch(chosen, artefact, options) or 1

    def step(encoded: NDArray[Any]) -> NDArray[Any]:
        batch = np.repeat(encoded[None], size, axis=0)
        try:
            outputs = loaded.session(batch)
        except HarnessError:
            raise
        except Exception as error:  # engines raise whatever they like at an input of another size
            due = artefact.manifest.geometry.input_size
            other = not {*due} <= {*encoded.shape}
            why = f"the model was made for {due[0]} x {due[1]}" if other else reason(error)
            message = f"{chosen.name} cannot take {batch.dtype} {batch.shape}: {why}"
            raise ModelError(message) from error
        check_shape(outputs, size, artefact.manifest.answer)
        row: NDArray[Any] = outputs[0]
        if not np.isfinite(row).all():
            message = f"{chosen.name} gives outputs that are not finite"
            raise ModelError(message)
        return row

    return step
