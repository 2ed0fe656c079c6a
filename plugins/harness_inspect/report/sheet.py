"""The layers as comma-separated values, a row each."""

# ruff: noqa: RUF001 - the signs of arithmetic are what is written
from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from harness_inspect import wording

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness_inspect.explanation import Explained, Field, Findings


def render(found: Findings) -> str:
    """Return a table of all columns; what has an entry for each axis is joined by x."""
    stream = io.StringIO()
    rows = [_row(layer) for layer in found.layers]
    writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()


def _row(layer: Explained) -> dict[str, object]:
    return {
        "label": layer.label,
        "name": layer.name,
        "operator": layer.op,
        "kind": layer.kind,
        "inputs": " ".join(layer.inputs),
        "input_shapes": " ".join(
            wording.shape(each).replace("×", "x") for each in layer.input_shapes
        ),
        "output_shape": wording.shape(layer.output_shape).replace("×", "x"),
        "kernel": _joined(layer.kernel),
        "stride": _joined(layer.stride),
        "padding": _joined([f"{before}+{after}" for before, after in layer.padding]),
        "dilation": _joined(layer.dilation),
        "groups": layer.groups,
        "output_size": "; ".join(layer.output_size),
        "parameters": layer.parameters,
        "parameters_formula": layer.parameters_formula,
        "multiplications_per_position": layer.multiplications_per_position,
        "operations_per_position": layer.operations_per_position,
        "macs": layer.macs,
        "macs_formula": layer.macs_formula,
        "activation_bytes": layer.activation_bytes,
        **_field("field", layer.receptive_field),
        **_field("smallest_field", layer.smallest_field),
        "share_of_parameters": layer.share_of_parameters,
        "share_of_macs": layer.share_of_macs,
        "warnings": "; ".join(layer.warnings),
    }


def _field(name: str, fields: tuple[Field, ...] | None) -> dict[str, object]:
    if fields is None:
        return {f"{name}_size": wording.WHOLE, f"{name}_jump": "", f"{name}_offset": ""}
    return {
        f"{name}_size": _joined([each.size for each in fields]),
        f"{name}_jump": _joined([each.jump for each in fields]),
        f"{name}_offset": _joined([each.offset for each in fields]),
    }


def _joined(values: Sequence[object]) -> str:
    return "x".join(map(str, values))
