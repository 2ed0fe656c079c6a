"""What a run would do, told before anything is fetched, converted or measured."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness import conversion, plan, prepare
from harness.catalog import missing
from harness.errors import DataError, HarnessError, UnavailableError, UsageError
from harness.suite import instead
from harness.types import Node

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.catalog import Catalogs
    from harness.offers import Backend
    from harness.suite import ModelSpec, Suite


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One contender of one model: how the model would reach it, or why it would not run."""

    model: str
    weights: str
    data: str
    backend: str
    device: str
    precision: str
    batch_sizes: tuple[int, ...]
    path: tuple[str, ...] = ()
    """The formats that the model goes through."""
    skip: str = ""


def preview(suite: Suite, catalogs: Catalogs) -> list[Line]:
    """Return a line for each contender, in the order of the run."""
    return [line for spec in suite.models for line in _lines(spec, suite, catalogs)]


def refusal(spec: ModelSpec, suite: Suite, catalogs: Catalogs) -> str:
    """Return why a model cannot be had, as far as that is known without fetching it, or "".

    A mistake of the user's is raised, as it would be in the run.
    """
    source = catalogs.model_sources[spec.name.partition(":")[0]]
    if reason := missing(source):
        return reason
    try:
        request = prepare.request(spec, suite.folder)
        source.fingerprint(request)
        source.check(request)
    except UsageError:
        raise
    except (UnavailableError, DataError) as error:
        other = instead(spec)
        return refusal(other, suite, catalogs) if other else str(error)
    except HarnessError as error:
        return str(error)
    return ""


def _lines(spec: ModelSpec, suite: Suite, catalogs: Catalogs) -> Iterator[Line]:
    lost = refusal(spec, suite, catalogs)
    data = spec.data or suite.data
    sizes = tuple(catalogs.scenarios[suite.speed.scenario].batch_sizes(suite.speed.batch_sizes))
    start = Node(format=catalogs.model_sources[spec.name.partition(":")[0]].format)
    for device, precision, named in itertools.product(
        suite.devices, suite.precisions, suite.backends
    ):
        backend = catalogs.backends[named.name]
        path = _path(start, backend, catalogs)
        yield Line(
            model=spec.name,
            weights=" or ".join((spec.weights, *spec.otherwise)),
            data=data.name if data else "",
            backend=named.label or backend.name,
            device=device,
            precision=precision,
            batch_sizes=sizes,
            path=path,
            skip=lost
            or plan.unusable(backend, device, precision)
            or ("" if path else plan.unreachable(backend, [start.format])),
        )


def _path(start: Node, backend: Backend, catalogs: Catalogs) -> tuple[str, ...]:
    usable = [each for each in catalogs.converters if not missing(each)]
    for format in backend.formats:  # noqa: A001 - the field's own word
        steps = conversion.path(start, format, usable)
        if steps is not None:
            return (start.format, *(step.target.format for step in steps))
    return ()
