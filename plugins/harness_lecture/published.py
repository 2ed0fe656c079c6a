"""The lecture's table, among the figures that others published."""

from __future__ import annotations

import csv
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import msgspec

from harness import UsageError

if TYPE_CHECKING:
    from pathlib import Path

FILE = "published/lecture.csv"
"""Within the folder of results."""
HUNDRED = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What the lecture says of a model; accuracy is in percent, on ImageNet's validation images."""

    model: str
    top1: float
    top5: float
    parameters: int
    size_mib: int
    depth: int | None
    source: str


def rows(folder: Path) -> list[Row]:
    """Return the lecture's table from a folder of results, in its order.

    `UsageError` says which line of it is wrong.
    """
    path = folder / FILE
    try:
        reader = csv.DictReader(path.read_text(encoding="utf-8").splitlines())
        told = [(reader.line_num, line) for line in reader]
    except OSError as error:
        message = (
            f"{path}: {error.strerror}; results/published stands in the repository: "
            "run this there, or copy it into the folder that --out names"
        )
        raise UsageError(message) from error
    except (UnicodeDecodeError, csv.Error) as error:
        message = f"{path}: not CSV: {error}"
        raise UsageError(message) from error
    lacking = [each.name for each in fields(Row) if each.name not in (reader.fieldnames or ())]
    if lacking or not told:
        what = f"its first line names no {', '.join(lacking)}" if lacking else "it holds no model"
        message = f"{path}: {what}; take results/published from the repository again"
        raise UsageError(message)
    return [_row(line, f"{path}:{number}") for number, line in told]


def _row(line: dict[str | Any, str | Any], where: str) -> Row:
    if None in line:
        message = f"{where}: more cells than the first line names"
        raise UsageError(message)
    try:
        row = msgspec.convert({key: text or None for key, text in line.items()}, Row, strict=False)
    except msgspec.ValidationError as error:
        message = f"{where}: {str(error).replace('`$.', '`')}"
        raise UsageError(message) from error
    for name in ("top1", "top5"):
        if not 0 <= getattr(row, name) <= HUNDRED:
            message = f"{where}: {name} is {getattr(row, name)}, no percentage"
            raise UsageError(message)
    return row
