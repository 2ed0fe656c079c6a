"""The findings as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness_inspect import wording
from harness_inspect.report import content, worked

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from harness_inspect.explanation import Explained, Findings

LAYERS = (
    "layer", "operator", "kernel", "output size", "output", "parameters", "per position", "MACs",
    "activation", "receptive field", "smallest",
)  # fmt: skip


def render(found: Findings) -> str:
    """Return the findings; one layer alone is worked through."""
    return "\n\n".join(_parts(found)) + "\n"


def _parts(found: Findings) -> Iterator[str]:
    if len(found.layers) == 1 < found.totals.layers:
        (layer,) = found.layers
        yield f"## {worked.title(layer)}"
        yield _table(("", ""), worked.steps(layer, found))
        return
    yield f"## {content.title(found)}"
    yield _table(("", ""), content.totals(found))
    yield _table(content.KINDS, content.kinds(found.layers))
    yield _table(LAYERS, map(_row, found.layers))
    if told := list(content.warnings(found)):
        yield "\n".join(f"- {each}" for each in told)


def _row(layer: Explained) -> tuple[str, ...]:
    return (
        layer.label,
        layer.op,
        wording.window(layer),
        "; ".join(dict.fromkeys(layer.output_size)),
        wording.shape(layer.output_shape),
        layer.parameters_formula,
        wording.position(layer.operations_per_position),
        layer.macs_formula,
        wording.memory(layer.activation_bytes),
        wording.field(layer.receptive_field),
        wording.field(layer.smallest_field),
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    from tabulate import tabulate

    told: str = tabulate(
        [list(row) for row in rows], list(head), tablefmt="github", disable_numparse=True
    )
    return told
