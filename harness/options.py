"""What the command line changes in a suite."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import UnknownNameError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.suite import DataSpec, Suite

NAMED = re.compile(r"([\w-]{2,}):(.*)")
"""A data set with its path; one letter is a drive."""


def overridden(data: Mapping[str, Any], settings: Sequence[str]) -> dict[str, Any]:
    """Return a suite's plain data with every `key=value` in it.

    A key is dotted, `speed.rounds`; a number picks from a list, `models.0.weights`. A value is
    TOML, or a string where it is none. What the keys mean is checked by whoever reads the suite.
    """
    changed: Any = dict(data)
    for setting in settings:
        key, equals, text = setting.partition("=")
        if not equals or not all(key.split(".")):
            message = f"--set {setting}: say key=value, as in speed.rounds=5 or data.limit=100"
            raise UsageError(message)
        changed = _with(changed, key.split("."), _value(text), setting)
    return dict(changed)


def narrowed(
    suite: Suite,
    device: str | None,
    backends: Sequence[str] | None,
    limit: int | None,
    data: str | None,
) -> Suite:
    """Return a suite with fewer backends or images, on another device, or with the user's data.

    `data` is the folder that holds the suite's data set, or `NAME:PATH` to take another one instead
    of the suite's; models with images of their own keep them then.
    """
    names = [each for spec in suite.backends for each in (spec.name, spec.label) if each]
    for name in backends or ():
        if name not in names:
            raise UnknownNameError.among(kind="backend of the suite", name=name, known=names)
    if data is not None and not data:
        message = "--data is empty; give the folder that holds the data set, or leave it out"
        raise UsageError(message)
    kept = tuple(
        each for each in suite.backends if not backends or {each.name, each.label} & {*backends}
    )

    named = NAMED.fullmatch(data or "")
    if named and not named[2]:
        message = f"--data {data!r} names no path; say {data}PATH"
        raise UsageError(message)
    if named and suite.data is None:
        message = f"--data {data}: the suite has no data set of its own; give the path alone"
        raise UsageError(message)
    path = str(Path(named[2] if named else data).resolve()) if data else None

    def fewer(spec: DataSpec | None, path: str | None) -> DataSpec | None:
        return spec and replace(spec, limit=limit or spec.limit, path=path or spec.path)

    own = fewer(suite.data, path)
    if own and named:
        own = replace(own, name=named[1], split=None)
    return replace(
        suite,
        backends=kept,
        devices=(device,) if device else suite.devices,
        data=own,
        models=tuple(
            replace(model, data=fewer(model.data, None if named else path))
            for model in suite.models
        ),
    )


def _value(text: str) -> Any:  # noqa: ANN401 - whatever TOML holds
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _with(held: Any, keys: Sequence[str], value: Any, setting: str) -> Any:  # noqa: ANN401 - likewise
    """Return what is held with the value at the end of the keys."""
    if not keys:
        return value
    first, *rest = keys
    if isinstance(held, str):
        held = {"name": held}  # the short form of a model, a backend or a data set
    if isinstance(held, list):
        if not first.isdigit() or int(first) >= len(held):
            message = f"--set {setting}: {first!r} is no place in a list of {len(held)}; say 0"
            raise UsageError(message)
        at = int(first)
        return [*held[:at], _with(held[at], rest, value, setting), *held[at + 1 :]]
    if held is not None and not isinstance(held, dict):
        message = f"--set {setting}: nothing can be set within {held!r}"
        raise UsageError(message)
    known = held or {}
    return known | {first: _with(known.get(first), rest, value, setting)}
