"""`onnx:PATH`: a file as it is, checked before anything runs it."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

from harness import ModelError, Node, Sourced, cache
from harness_onnx import external
from harness_onnx.sidecar import beside, stated
from harness_onnx.signature import signature

if TYPE_CHECKING:
    from pathlib import Path

    from harness import ModelRequest

MODEL = "model.onnx"


def fingerprint(request: ModelRequest) -> str:
    """Return what the file, its sidecar and the tensors it keeps elsewhere decide."""
    path = request.folder / request.name
    parts = [path, *(path.parent / each for each in external.files(external.read(path), path))]
    if beside(path).is_file():
        parts.append(beside(path))
    return cache.digest([cache.file_digest(each) for each in parts])


def fetch(request: ModelRequest, folder: Path) -> Sourced:
    """Check the file and copy it, with the tensors it keeps elsewhere."""
    if request.weights != "pretrained":
        message = (
            f"onnx:{request.name} holds its weights: "
            f'weights = "pretrained" is the only choice, not {request.weights!r}'
        )
        raise ModelError(message)
    path = request.folder / request.name
    model = external.read(path)
    files = external.files(model, path)
    valid(path)
    known = stated(request, path)
    signed = signature(model, path, known)
    if taken := {MODEL, "structure.onnx", "manifest.json"}.intersection(files):
        message = f"{path} keeps tensors in {taken.pop()!r}, a name that is taken here; rename it"
        raise ModelError(message)
    for file in files:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path.parent / file, folder / file)
    shutil.copyfile(path, folder / MODEL)
    details = {
        "batch": signed.batch,
        "num_classes": signed.num_classes,
        "files": {file: cache.file_digest(folder / file) for file in files},
    }
    form = cache.form(
        folder,
        MODEL,
        Node(format="onnx", batching="dynamic" if signed.batch is None else "static"),
        {name: value for name, value in details.items() if value is not None},
    )
    size = form.size + sum((folder / file).stat().st_size for file in files)
    return Sourced(
        form=replace(form, size=size),
        weights="pretrained",
        geometry=known.geometry,
        encoding=known.encoding,
        label_space=known.label_space,
        activation=known.activation,
        output=signed.output,
        published=known.published,
    )


def valid(path: Path) -> None:
    """Raise `ModelError` unless the file is valid ONNX."""
    import onnx

    try:
        onnx.checker.check_model(path)
    except onnx.checker.ValidationError as reason:
        message = f"{path}: not valid ONNX: {str(reason).strip().splitlines()[0]}"
        raise ModelError(message) from reason
