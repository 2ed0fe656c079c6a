"""Records of an older schema turned into today's, one schema at a time.

Whoever changes what a record holds raises `store.SCHEMA` and adds the step that leads to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.types import Json


def upgraded(data: dict[str, Json]) -> dict[str, Json]:
    """Return a record's plain data as today's schema has it, or as it is when no step leads there.

    What is not as its schema says passes through: whoever reads it as a `Record` refuses it.
    """
    while isinstance(schema := data.get("schema"), int) and schema in STEPS:
        data = STEPS[schema](data) | {"schema": schema + 1}
    return data


def _dirty_apart(data: dict[str, Json]) -> dict[str, Json]:
    """Tell the commit and whether it was changed since in two facts, not in one word."""
    match data:
        case {"environment": {"commit": str(commit)} as environment}:
            parted = {"commit": commit.removesuffix("-dirty"), "dirty": commit.endswith("-dirty")}
            return data | {"environment": environment | parted}
    return data


STEPS: dict[int, Callable[[dict[str, Json]], dict[str, Json]]] = {1: _dirty_apart}
"""By the schema that a step starts from."""
