"""The models of a run that the lecture's table holds, by whatever name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness import Measurement
from harness.table import naming
from harness.table.joining import join, measurement

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from harness import Record, Subset

CHANNELS = "channels_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A metric of a model, as one backend has it on some images."""

    backend: str
    subset: Subset | None
    figure: Measurement


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """What a run found out of a model."""

    static: Record
    answers: dict[str, list[Answer]]
    """By metric."""

    @property
    def channels(self) -> dict[str, int]:
        """Return the channels of its layers by trait, as `harness.graph.Structure` counts them."""
        return {
            each.name.removeprefix(CHANNELS): int(each.value)
            for each in self.static.measurements
            if each.name.startswith(CHANNELS) and each.value is not None
        }

    def count(self, name: str) -> int | None:
        """Return a whole figure of its structure, where there is one."""
        found = measurement(self.static, name)
        return None if found is None or found.value is None else int(found.value)


def models(records: Iterable[Record], metrics: Iterable[str]) -> list[Model]:
    """Return the models in the order of the run."""
    joined = join(records)
    names = naming.names(joined.lines)
    wanted = tuple(metrics)

    def answers(static: Record, metric: str) -> Iterator[Answer]:
        for line, name in zip(joined.lines, names, strict=True):
            for record in line.of("accuracy") if line.static is static else ():
                figure = measurement(record, metric)
                if record.status != "ok":
                    why = f"{name.backend} {record.status}: {record.reason}"
                    figure = Measurement(name=metric, unit="%", reason=why)
                if figure:
                    yield Answer(backend=name.backend, subset=line.subset, figure=figure)

    return [
        Model(static=static, answers={each: list(answers(static, each)) for each in wanted})
        for static in joined.static
    ]


def is_called(model: Model, name: str) -> bool:
    """Return whether a model goes by a name, by its label or without scheme and weights.

    Only letters and digits count: ResNet-50, resnet50 and ResNet50 are one.
    """
    own = model.static.job.case.model.partition(":")[2].partition(".")[0]
    return _bare(name) in {_bare(str(model.static.details.get("label", ""))), _bare(own)}


def _bare(name: str) -> str:
    return "".join(each for each in name.lower() if each.isalnum())
