"""The layers that a user asks for."""

from __future__ import annotations

import difflib
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from harness.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness_inspect.explanation import Explained, Findings


def only(found: Findings, patterns: Sequence[str]) -> Findings:
    """Return the findings with only the layers that one of the patterns fits, all without any.

    A pattern is a name, which may hold *, a kind or an operator. One that fits none raises
    `UsageError`.
    """
    if not patterns:
        return found
    for pattern in patterns:
        if not any(_fits(layer, pattern) for layer in found.layers):
            raise UsageError(_unknown(found, pattern))
    kept = [layer for layer in found.layers if any(_fits(layer, each) for each in patterns)]
    return replace(found, layers=tuple(kept))


def _fits(layer: Explained, pattern: str) -> bool:
    if pattern.lower() in {layer.kind, layer.op.lower()}:
        return True
    return any(fnmatchcase(name, pattern) for name in (layer.label, layer.name))


def _unknown(found: Findings, pattern: str) -> str:
    names = {
        name.lower(): name
        for layer in found.layers
        for name in (layer.kind, layer.op, layer.name, layer.label)
    }
    close = [names[each] for each in difflib.get_close_matches(pattern.lower(), names, n=3)]
    kinds = ", ".join(dict.fromkeys(layer.kind for layer in found.layers))
    hint = f"did you mean {' or '.join(map(repr, close))}? " if close else ""
    return f"no layer of {found.model} fits {pattern!r}; {hint}its kinds: {kinds}"
