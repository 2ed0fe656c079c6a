"""How rows are called: by what tells them apart, and no more."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from harness.table.joining import Line
    from harness.types import Json, Subset


class Name(NamedTuple):
    """A row's name."""

    model: str
    backend: str

    def __str__(self) -> str:
        return " · ".join(each for each in self if each)


def names(lines: Sequence[Line]) -> list[Name]:
    """Return each row's name, with the traits that tell it from others of that name."""
    models: dict[str, list[Mapping[str, Json]]] = {}
    backends: dict[str, list[Mapping[str, Json]]] = {}
    for line in lines:
        models.setdefault(_model(line), []).append(_artefact(line))
        backends.setdefault(line.contender.name, []).append(_contender(line))
    return [
        Name(
            _distinct(_model(line), _artefact(line), models[_model(line)]),
            _distinct(line.contender.name, _contender(line), backends[line.contender.name]),
        )
        for line in lines
    ]


def data(subset: Subset | None) -> str:
    """Return a subset's short name."""
    if subset is None:
        return ""
    part = "" if subset.count == subset.total else f" {subset.count:,} seed {subset.seed}"
    return f"{subset.dataset}/{subset.split}{part}"


def is_random(weights: str) -> bool:
    """Return whether weights were drawn, not trained."""
    return weights.startswith("random")


def _model(line: Line) -> str:
    label = line.static.details.get("label") if line.static else None
    name = str(label or line.model.name)
    if is_random(line.model.weights):
        return f"{name} (random weights)"
    trained = line.model.weights in {"", "pretrained"}
    return name if trained else f"{name} ({line.model.weights})"


def _artefact(line: Line) -> Mapping[str, Json]:
    return {"artefact": line.model.artefact[:8] or "none"}


def _contender(line: Line) -> Mapping[str, Json]:
    contender = line.contender
    known: dict[str, Json] = {
        "backend": contender.backend,  # differs only where a label is another backend's name
        "version": contender.version or None,
        "format": contender.format or None,
    }
    return known | contender.settings


def _distinct(name: str, own: Mapping[str, Json], all_of_them: Iterable[Mapping[str, Json]]) -> str:
    """Return a name with the traits in which others of that name differ; None is not known."""
    others = list(all_of_them)
    traits = [
        f"{key} {value}"
        for key, value in own.items()
        if value is not None
        and any(key not in other or other[key] not in (None, value) for other in others)
    ]
    return f"{name} ({', '.join(traits)})" if traits else name
