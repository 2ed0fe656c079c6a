"""Turn what is read from disk or a pipe into a noun, or say exactly what is wrong with it."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from msgspec import inspect

from harness.errors import HarnessError, UsageError, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

NounT = TypeVar("NounT")


def toml(path: Path, noun: type[NounT], *, error: type[HarnessError] = UsageError) -> NounT:
    """Read a TOML file as a noun."""
    return convert(toml_data(path, error=error), noun, str(path), error=error)


def toml_data(path: Path, *, error: type[HarnessError] = UsageError) -> dict[str, Any]:
    """Read a TOML file as plain data."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as reason:
        message = f"{path}: cannot be read: {reason.strerror}"
        raise error(message) from reason
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as reason:
        message = f"{path}: not TOML: {reason}"
        raise error(message) from reason
    if not data:
        message = f"{path}: the file is empty"
        raise error(message)
    return data


def json(content: bytes, noun: type[NounT], where: str, *, error: type[HarnessError]) -> NounT:
    """Decode JSON as a noun; `where` names it in a message."""
    try:
        data = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError) as reason:
        message = f"{where}: not JSON: {reason}"
        raise error(message) from reason
    return convert(data, noun, where, error=error)


def convert(
    data: object, noun: type[NounT], where: str, *, error: type[HarnessError] = UsageError
) -> NounT:
    """Validate plain data as a noun: no unknown key, no missing one, every type right."""
    for wrong in _unknown(data, inspect.type_info(noun), ""):
        message = f"{where}: {wrong}"
        raise error(message)
    try:
        return msgspec.convert(data, noun, dec_hook=_path)
    except msgspec.ValidationError as reason:
        message = f"{where}: {str(reason).replace('`$.', '`').replace('$', 'the file')}"
        raise error(message) from reason


def path(text: str) -> Path:
    """Return a path as the user writes it, who may begin with `~`."""
    try:
        return Path(text).expanduser()
    except RuntimeError as reason:
        message = f"{text}: there is no such home folder; write the path out"
        raise UsageError(message) from reason


def _path(kind: type, value: object) -> object:
    if issubclass(kind, Path) and isinstance(value, str):
        return Path(value)
    raise NotImplementedError


def plain(noun: object) -> Any:  # noqa: ANN401 - whatever JSON holds
    """Return a noun as the plain data that reading it back gives: paths as strings, no tuples."""
    return msgspec.json.decode(encode(noun))


def encode(noun: object) -> bytes:
    """Return a noun as one line of JSON."""
    return msgspec.json.encode(noun, enc_hook=str)


def canonical(noun: object) -> bytes:
    """Return the JSON that equal nouns share: keys sorted, no spaces."""
    return msgspec.json.encode(noun, enc_hook=str, order="sorted")


def _unknown(data: object, expected: inspect.Type, path: str) -> Iterator[str]:
    """Yield what is wrong with each key, and each word, that the expected type does not know."""
    match expected:
        case inspect.UnionType():
            for each in expected.types:
                yield from _unknown(data, each, path)
        case inspect.DataclassType() if isinstance(data, dict):
            yield from _unknown_keys(data, expected, path)
        case inspect.DictType() if isinstance(data, dict):
            for key, value in data.items():
                yield from _unknown(value, expected.value_type, f"{path}{key}.")
        case inspect.VarTupleType() if isinstance(data, list):
            for index, value in enumerate(data):
                yield from _unknown(value, expected.item_type, f"{path[:-1]}[{index}].")
        case inspect.LiteralType() if isinstance(data, str) and data not in expected.values:
            yield f"{path[:-1]!r} is {data!r}; {nearest(data, map(str, expected.values))}"
        case _:
            pass


def _unknown_keys(
    data: dict[str, object], expected: inspect.DataclassType, path: str
) -> Iterator[str]:
    fields = {each.encode_name: each.type for each in expected.fields}
    for key, value in data.items():
        if key not in fields:
            yield f"unknown key {path + key!r}; {nearest(key, fields)}"
        else:
            yield from _unknown(value, fields[key], f"{path}{key}.")
