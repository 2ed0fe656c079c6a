"""Prepare models and images in a short-lived child, so that no exporter lives on in a measurement.

A model is fetched, converted to every format that a backend takes, analysed and checked; its
folder in the cache holds the files and a manifest. Run as `python -m harness.prepare`.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness import (
    cache,
    conversion,
    decode,
    environment,
    graph,
    preprocess,
    process,
    protocol,
    subset,
)
from harness.catalog import missing
from harness.discovery import discover
from harness.errors import HarnessError, ModelError, StorageError, of_exit_code
from harness.process import ChildError
from harness.types import Artefact, Geometry, Manifest, ModelRequest, Parameters, Subset
from harness.worker import read_artefact

if TYPE_CHECKING:
    from harness.catalog import Catalogs
    from harness.offers import Sourced
    from harness.suite import DataSpec, ModelSpec
    from harness.types import Form

SCHEMA = 1


def model(spec: ModelSpec, folder: Path, catalogs: Catalogs, *, oracle: str) -> Artefact:
    """Return a model of a suite in `folder`, prepared; from the cache when it is there.

    Raises `HarnessError` saying why it cannot be had.
    """
    source = catalogs.model_sources.available(spec.name.partition(":")[0])
    asked = request(spec, folder)
    formats = sorted(
        {each for backend in catalogs.backends if not missing(backend) for each in backend.formats}
    )
    key = cache.digest(
        [
            SCHEMA,
            # The bytes count, not where they lie.
            decode.plain(replace(asked, folder=Path(), weights=_digest(asked.weights))),
            source.fingerprint(asked),
            formats,
            conversion.versions(catalogs),
        ]
    )

    def fill(partial: Path) -> None:
        _in_child(
            protocol.PrepareModel(
                files=[str(path) for path in catalogs.files],
                model=spec.name,
                request=decode.plain(asked),
                formats=formats,
                oracle=oracle,
                folder=str(partial),
            )
        )

    return _whole(cache.folder("models", f"{_slug(spec.name)}-{key[:16]}", fill))


def request(spec: ModelSpec, folder: Path) -> ModelRequest:
    """Return a model of a suite in `folder` as its source is asked for it."""
    return ModelRequest(
        name=spec.name.partition(":")[2],
        weights=_weights(spec.weights, folder),
        seed=spec.seed,
        folder=folder,
        geometry=spec.geometry,
        encoding=spec.encoding,
        label_space=spec.label_space,
        activation=spec.activation,
        output=spec.output,
    )


def _whole(folder: Path) -> Artefact:
    """Return the artefact in a folder once its files are what they were."""
    artefact = read_artefact(folder)
    for form in artefact.manifest.forms.values():
        path = folder / form.file
        if not path.is_file() or cache.file_digest(path) != form.sha256:
            message = f"{path} is damaged; remove {folder} and run again"
            raise StorageError(message)
    return artefact


def images(
    spec: DataSpec, geometry: Geometry, catalogs: Catalogs, folder: Path = Path()
) -> tuple[Path, Subset]:
    """Return the folder of decoded images and the subset that they are.

    `folder` is what a relative `path` of the user's starts from. Raises `HarnessError` saying why
    they cannot be had.
    """
    dataset = catalogs.datasets.available(spec.name)
    prepared = _in_child(
        protocol.PrepareImages(
            files=[str(path) for path in catalogs.files],
            dataset=spec.name,
            split=spec.split or subset.default_split(dataset),
            limit=spec.limit,
            seed=spec.seed,
            path=str(folder / decode.path(spec.path)) if spec.path else None,
            geometry=decode.plain(geometry),
        )
    )
    return Path(prepared.folder), decode.convert(prepared.subset, Subset, "subset")


def handle(command: protocol.Command) -> protocol.Reply:
    """Carry out a command in the child."""
    match command:
        case protocol.PrepareModel():
            prepare_model(command)
            return protocol.Prepared(folder=command.folder)
        case protocol.PrepareImages():
            return prepare_images(command)
    message = f"{type(command).__name__} does not fit here"
    raise HarnessError(message)


def prepare_images(command: protocol.PrepareImages) -> protocol.Prepared:
    """Fetch a data set, choose a subset of it and decode that."""
    catalogs = discover([Path(each) for each in command.files])
    geometry = decode.convert(command.geometry, Geometry, "geometry")
    given = Path(command.path) if command.path else None
    dataset = subset.resolved(catalogs.datasets[command.dataset], given)
    samples = subset.opened(dataset, command.split, given)
    chosen = subset.choose(samples, command.limit, command.seed)
    described = subset.describe(dataset, command.split, samples, chosen, command.seed)
    folder = subset.decoded(dataset, described, samples, chosen, geometry)
    return protocol.Prepared(folder=str(folder), subset=decode.plain(described))


def prepare_model(command: protocol.PrepareModel) -> None:
    """Fill the folder with the model's forms and its manifest."""
    catalogs = discover([Path(each) for each in command.files])
    folder = Path(command.folder)
    asked = decode.convert(command.request, ModelRequest, command.model)
    scheme = command.model.partition(":")[0]
    sourced = catalogs.model_sources[scheme].fetch(asked, folder)
    preprocess.check(sourced.geometry, sourced.encoding, command.model)
    forms = conversion.convert(sourced.form, command.formats, folder, catalogs)
    manifest = _manifest(command.model, sourced, forms, folder)
    if command.oracle in catalogs.backends:
        agreement = conversion.check(
            Artefact(folder=folder, manifest=manifest), catalogs.backends[command.oracle]
        )
        manifest = replace(manifest, agreement=agreement)
    with cache.writable(folder):
        (folder / "manifest.json").write_bytes(decode.encode(manifest))


def _manifest(
    name: str,
    sourced: Sourced,
    forms: dict[str, Form],
    folder: Path,
) -> Manifest:
    structure = forms.get("structure")
    if structure is None:
        message = f"{name}: no converter leads from {sourced.form.node.format} to a structure graph"
        raise ModelError(message)
    path = folder / structure.file
    try:
        found = graph.analyse(
            path, size=sourced.geometry.input_size, unfused="learnable" in structure.details
        )
    except ModelError as error:  # the folder is not the user's, and gone by the time they read this
        raise ModelError(str(error).replace(str(path), name)) from error
    counts = found.parameters
    if "stored" in structure.details:
        counts = Parameters(
            stored=structure.details["stored"], learnable=structure.details.get("learnable")
        )
    answer = _answer(name, sourced.output, found)
    traits: dict[str, Any] = {
        "model": name,
        "weights": sourced.weights,
        "geometry": sourced.geometry,
        "encoding": sourced.encoding,
        "activation": sourced.activation,
        "label_space": sourced.label_space,
        "output": sourced.output,
        "num_classes": answer[0],
    }
    return Manifest(
        schema=SCHEMA,
        id=cache.digest([traits, sourced.form.sha256, sourced.form.details]),
        forms=forms,
        parameters=counts,
        macs=found.macs,
        depth=_depth(found, forms, folder),
        agreement={},
        output_size=answer[1:],
        published=sourced.published,
        channels=found.channels,
        versions=environment.versions(environment.PACKAGES),
        **traits,
    )


def _answer(name: str, output: str | None, found: graph.Structure) -> tuple[int, ...]:
    """Return the shape of one image's answer in the output that is asked for, or the first."""
    if output is not None and output not in found.outputs:
        known = ", ".join(found.outputs)
        message = f"{name}: no output named {output!r}; known: {known}"
        raise ModelError(message)
    chosen = output or next(iter(found.outputs))
    match found.outputs[chosen]:
        case (_, int(classes)):
            return (classes,)
        case (_, int(classes), int(height), int(width)):
            return classes, height, width
        case shape:
            message = (
                f"{name}: output {chosen!r} has shape {shape}, neither a row of classes an image "
                "nor a map of them"
            )
            raise ModelError(message)


def _depth(found: graph.Structure, forms: dict[str, Form], folder: Path) -> dict[str, int]:
    """Return the depths by definition; `nodes` is that of the graph that engines run."""
    run = forms.get("onnx")
    return found.depth | ({"nodes": graph.longest_path(folder / run.file)} if run else {})


def _in_child(command: protocol.PrepareModel | protocol.PrepareImages) -> protocol.Prepared:
    with tempfile.TemporaryDirectory(prefix="harness-") as scratch:
        log = Path(scratch) / "log"
        with process.start("harness.prepare", log, environment.cores()) as child:
            try:
                return child.ask(command, protocol.Prepared, timeout=None)
            except ChildError as error:
                raise of_exit_code(error.exit_code)(error.reason) from error


def _weights(weights: str, folder: Path) -> str:
    if weights in {"pretrained", "random"}:
        return weights
    path = folder / weights
    if not path.is_file():
        message = f'weights {path} do not exist; give a file, "pretrained" or "random"'
        raise ModelError(message)
    return str(path.resolve())


def _digest(weights: str) -> str:
    return weights if weights in {"pretrained", "random"} else cache.file_digest(Path(weights))


def _slug(name: str) -> str:
    return "".join(each if each.isalnum() else "-" for each in name)[-60:].strip("-")


if __name__ == "__main__":
    protocol.serve(handle)
