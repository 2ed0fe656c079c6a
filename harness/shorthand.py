"""A suite's short forms, written out: a name for a table, a list of weights for one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping


def written_out(data: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Return a suite's plain data without short forms; what is no form of any is left as it is."""
    spread = dict(data)
    if isinstance(spread.get("models"), list):
        spread["models"] = [
            _model(each, f"models[{place}]", where) for place, each in enumerate(spread["models"])
        ]
    if isinstance(spread.get("backends"), list):
        spread["backends"] = [_named(each) for each in spread["backends"]]
    if "data" in spread:
        spread["data"] = _data(spread["data"], where)
    return spread


def _named(given: object) -> object:
    return {"name": given} if isinstance(given, str) else given


def _model(given: object, place: str, where: str) -> object:
    """Return a model's table; its data may be a name, its weights a list of names."""
    table = _named(given)
    if not isinstance(table, dict):
        return table
    if table.get("otherwise"):  # empty in a suite that was read before; a file has no such key
        message = f"{where}: unknown key '{place}.otherwise'; weights may be a list"
        raise UsageError(message)
    changed = {"data": _data(table["data"], where)} if "data" in table else {}
    if isinstance(table.get("weights"), list):
        if wrong := _wrong(table["weights"]):
            message = f"{where}: '{place}.weights' {wrong}"
            raise UsageError(message)
        first, *rest = table["weights"]
        changed |= {"weights": first, "otherwise": rest}
    return table | changed


def _wrong(weights: list[object]) -> str:
    """Return what is wrong with a list of weights, or ""."""
    if not weights:
        return "is empty; leave it out for pretrained ones"
    if not all(isinstance(each, str) for each in weights):
        return 'is a list of names, as ["pretrained", "random"]'
    twice = [each for place, each in enumerate(weights) if each in weights[:place]]
    return f"names {twice[0]!r} twice" if twice else ""


def _data(given: object, where: str) -> object:
    """Return a data set's table; a name may bring its path, `NAME:PATH`."""
    match _named(given):
        case {"name": str(name), **rest} if ":" in name and "path" not in rest:
            name, _, path = name.partition(":")
            if not path:
                message = (
                    f"{where}: data {name + ':'!r} names no path; say {name}:PATH, or {name} alone"
                )
                raise UsageError(message)
            return rest | {"name": name, "path": path}
        case table:
            return table
