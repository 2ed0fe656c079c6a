"""Suite x catalogs -> groups of jobs, and the reason for each that cannot be done."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from harness import cache, decode, environment
from harness.catalog import missing
from harness.oracle import TOLERANCE
from harness.session import fitting, unfit
from harness.types import Case, Contender, Group, Job

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from harness.catalog import Catalog, Catalogs
    from harness.offers import Backend
    from harness.suite import BackendSpec, ModelSpec, Suite
    from harness.types import Artefact, Json, Kind, Subset

PLACELESS = Contender(backend="", version="")
"""Stands for the contender in what is known of a model without running it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A model of the suite as `prepare` left it: with its images, or the reason why not."""

    spec: ModelSpec
    artefact: Artefact | None = None
    images: Path | None = None
    subset: Subset | None = None
    reason: str = ""
    not_had: str = ""
    """Why weights that the suite prefers to those of `spec` were not taken."""


def make(suite: Suite, ready: list[Ready], catalogs: Catalogs) -> list[Group]:
    """Return the groups in the order in which they are to be run."""
    groups = (group for each in ready for group in _groups(suite, each, catalogs))
    return [group for group in groups if group.kind in suite.kinds]


def versions(names: Iterable[str], catalog: Catalog[Any]) -> dict[str, str]:
    """Return the versions of the plugins that offer these names."""
    return {name: catalog.owners[name].version for name in names}


def version(name: str, backends: Catalog[Backend]) -> str:
    """Return what identifies a backend's code, without importing it; "" when it is not there.

    The version of its engine from package metadata, or that of the plugin which offers it; for a
    plugin file, a hash of the file.
    """
    if missing(backends[name]):
        return ""
    engine = backends[name].distribution
    own = backends.owners[name].version
    return environment.versions([engine]).get(engine, own) if engine else own


def unusable(backend: Backend, device: str, precision: str) -> str:
    """Return why a backend cannot take part here, or ""."""
    if reason := missing(backend):
        return reason
    if reason := unfit(backend, device, precision):
        return reason
    if precision not in TOLERANCE:
        known = ", ".join(TOLERANCE)
        return f"how far {precision} may be from the oracle is not known; known: {known}"
    return ""


def unreachable(backend: Backend, formats: Iterable[str]) -> str:
    """Return the reason that no conversion leads from these formats to one that a backend takes."""
    return (
        f"{backend.name} takes {', '.join(backend.formats)}; "
        f"no conversion leads there from what there is ({', '.join(sorted(formats))})"
    )


def _groups(suite: Suite, ready: Ready, catalogs: Catalogs) -> Iterator[Group]:
    known = _static(ready)
    yield _group("static", known.case, ready, [known])
    scenario = catalogs.scenarios[suite.speed.scenario]
    for device, precision in itertools.product(suite.devices, suite.precisions):
        entries = [
            _contender(spec, ready, catalogs.backends, device, precision) for spec in suite.backends
        ]

        def group(kind: Kind, case: Case, entries: list[_Entry] = entries) -> Group:
            taking_part = [
                each for each in entries if kind == "speed" or each.contender.role != "control"
            ]
            jobs = [_job(kind, suite, ready, case, each, catalogs) for each in taking_part]
            return _group(kind, case, ready, jobs)

        yield group("accuracy", _case(ready, device, precision))
        for size in scenario.batch_sizes(suite.speed.batch_sizes):
            case = _case(ready, device, precision, suite.speed.scenario, size)
            yield group("memory", case)  # first: it tells whether all fit when they are timed
            yield group("speed", case)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    contender: Contender
    skip: str


def _contender(
    spec: BackendSpec, ready: Ready, backends: Catalog[Backend], device: str, precision: str
) -> _Entry:
    backend = backends[spec.name]
    forms = ready.artefact.manifest.forms if ready.artefact else {}
    format = fitting(backend, forms)  # noqa: A001 - the field's own word
    return _Entry(
        contender=Contender(
            backend=backend.name,
            version=version(spec.name, backends),
            label=spec.label,
            format=format,
            settings=spec.settings,
            role=backend.role,
        ),
        skip=ready.reason
        or unusable(backend, device, precision)
        or ("" if format else unreachable(backend, forms)),
    )


def _job(  # noqa: PLR0913, PLR0917 - what a job is made of
    kind: Kind, suite: Suite, ready: Ready, case: Case, entry: _Entry, catalogs: Catalogs
) -> Job:
    depends = _depends(kind, suite, ready, entry, catalogs)
    return Job(
        kind=kind,
        key=_key(kind, case, entry.contender, depends),
        case=case,
        contender=entry.contender,
        skip=entry.skip or _fixed(ready, case, entry.contender),
    )


def _fixed(ready: Ready, case: Case, contender: Contender) -> str:
    """Return why a batch size cannot be measured, or ""; it is never changed silently."""
    if ready.artefact is None or case.batch_size is None:
        return ""
    fixed = ready.artefact.manifest.forms[contender.format].details.get("batch")
    return "" if fixed in {None, case.batch_size} else f"the model's file is fixed to batch {fixed}"


def _static(ready: Ready) -> Job:
    case = replace(_case(ready, "", ""), subset=None)
    manifest = ready.artefact.manifest if ready.artefact else None
    found = (
        [manifest.parameters, manifest.macs, manifest.depth, manifest.channels] if manifest else []
    )
    depends = {
        "found": decode.plain(found),
        "label": ready.spec.label,
        "harness": environment.harness_version(),
    }
    return Job(
        kind="static",
        key=_key("static", case, PLACELESS, depends),
        case=case,
        contender=PLACELESS,
        skip=ready.reason,
    )


def _depends(
    kind: Kind, suite: Suite, ready: Ready, entry: _Entry, catalogs: Catalogs
) -> dict[str, Json]:
    """Return what, beyond case and contender, can change the answer to this kind of question."""
    forms = ready.artefact.manifest.forms if ready.artefact else {}
    form = entry.contender.format
    shared: dict[str, Json] = {
        "form": decode.plain(forms[form]) if form else None,
        "harness": environment.harness_version(),
        "plugin": versions([entry.contender.backend], catalogs.backends),
        "threads": suite.threads or environment.cores(),
    }
    if kind == "accuracy":
        shared |= {
            "accuracy": decode.plain(suite.accuracy),
            "metrics": versions(suite.accuracy.metrics, catalogs.metrics),
            "oracle": versions([suite.oracle], catalogs.backends),
        }
    if kind == "speed":
        shared |= {
            "speed": decode.plain(suite.speed) | {"batch_sizes": None},
            "scenario": versions([suite.speed.scenario], catalogs.scenarios),
        }
    return shared


def _key(kind: Kind, case: Case, contender: Contender, depends: dict[str, Json]) -> str:
    return cache.digest([kind, decode.plain(case), decode.plain(contender), depends])[:20]


def _case(
    ready: Ready, device: str, precision: str, scenario: str = "", batch_size: int | None = None
) -> Case:
    return Case(
        model=ready.spec.name,
        weights=ready.spec.weights,
        artefact=ready.artefact.manifest.id if ready.artefact else "",
        subset=ready.subset,
        device=device,
        precision=precision,
        scenario=scenario,
        batch_size=batch_size,
    )


def _group(kind: Kind, case: Case, ready: Ready, jobs: list[Job]) -> Group:
    return Group(
        kind=kind,
        case=case,
        jobs=tuple(jobs),
        folder=ready.artefact.folder if ready.artefact else None,
        images=ready.images,
        label=ready.spec.label,
        not_had=ready.not_had,
    )
