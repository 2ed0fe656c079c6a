"""What the harness says when something is wrong, and the exit code it leaves with.

HarnessError            1  anything a user can mend; one line, no traceback
├── UsageError          2  a command, a suite or a sidecar file that cannot be understood
│   └── UnknownNameError   a name that nobody offers, with the nearest known ones
├── PluginError         3  a plugin that is broken, misspelt or claims another's name
├── ModelError          4  a model that cannot be had, converted or trusted
├── DataError           5  data that cannot be had, read or verified
├── StorageError        6  results or cache that cannot be written or read
└── UnavailableError    7  what this machine cannot have: an engine, a device, weights

Whatever else escapes is a bug and keeps its traceback.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterable


class HarnessError(Exception):
    """One line for the user: what, where, known values, how to mend it."""

    exit_code: ClassVar[int] = 1


class UsageError(HarnessError):
    """A command line or a file of the user's that cannot be understood."""

    exit_code = 2


class UnknownNameError(UsageError):
    """A name that nobody offers."""

    @classmethod
    def among(cls, kind: str, name: str, known: Iterable[str]) -> UnknownNameError:
        """Return the error for `name`, naming the nearest known names, or all when none is near."""
        return cls(f"no {kind} named {name!r}; {nearest(name, known)}")


class PluginError(HarnessError):
    """A plugin that is broken, misspelt or claims a name that is taken."""

    exit_code = 3


class ModelError(HarnessError):
    """A model that cannot be had, converted or trusted."""

    exit_code = 4


class DataError(HarnessError):
    """Data that cannot be had, read or verified."""

    exit_code = 5


class StorageError(HarnessError):
    """Results or cache that cannot be written or read."""

    exit_code = 6


class UnavailableError(HarnessError):
    """Something that this machine lacks or cannot reach: an engine, a device, weights."""

    exit_code = 7


def of_exit_code(code: int) -> type[HarnessError]:
    """Return the kind of error that leaves with an exit code."""
    kinds = (UsageError, PluginError, ModelError, DataError, StorageError, UnavailableError)
    return next((kind for kind in kinds if kind.exit_code == code), HarnessError)


def reason(error: BaseException) -> str:
    """Return what an error says, with its kind where it is not one of ours: one printable line."""
    try:
        text = str(error)
    except Exception:  # noqa: BLE001 - even saying what is wrong may fail
        text = ""
    line = " ".join("".join(each if each.isprintable() else " " for each in text).split())
    if isinstance(error, HarnessError):
        return line
    return f"{type(error).__name__}: {line}" if line else type(error).__name__


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the hint that names what is known: the near misses, or everything."""
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=3, cutoff=0.6)
    if close:
        return f"did you mean {' or '.join(repr(each) for each in close)}?"
    return f"known: {', '.join(names) or 'none'}"
