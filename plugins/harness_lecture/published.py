"""The lecture's table, among the figures that others published."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from harness import UsageError

if TYPE_CHECKING:
    from pathlib import Path

FILE = "published/lecture.csv"
"""Within the folder of results."""


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
    """Return the lecture's table from a folder of results, in its order."""
    path = folder / FILE
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        message = (
            f"{path}: {error.strerror}; results/published stands in the repository: "
            "run this there, or copy it into the folder that --out names"
        )
        raise UsageError(message) from error
    told = [{key: each or None for key, each in line.items()} for line in csv.DictReader(lines)]
    try:
        return msgspec.convert(told, list[Row], strict=False)
    except msgspec.ValidationError as error:
        message = f"{path}: {error}"
        raise UsageError(message) from error
