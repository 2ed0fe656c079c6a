"""Somebody's own chain: a Python file with functions that are named after the stages."""

from __future__ import annotations

import inspect
import sys
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.discovery import load_file
from harness.errors import PluginError, UsageError, reason
from harness_diverge.stage import PIXELS, STAGES, pixels

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import ModuleType

    from numpy.typing import NDArray

    from harness.types import Manifest
    from harness_diverge.stage import Step

WHOLE = "preprocess"
"""All from the file to the encoded image, where its stages cannot be told apart."""
KNOWN = (*STAGES, WHOLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """What somebody's file defines."""

    name: str
    functions: Mapping[str, Callable[[Any], Any]]
    """By stage; see `KNOWN`."""


NONE = File(name="", functions={})


def read(path: Path) -> File:
    """Return the stages that a file defines; what it imports is none.

    Raises `UsageError` for a file that is not there or defines none, `PluginError` for a broken
    one.
    """
    module = _module(path)
    functions = {name: vars(module)[name] for name in KNOWN if _defines(module, name)}
    if not functions:
        message = f"{path} defines no stage; define at least one function of {', '.join(KNOWN)}"
        raise UsageError(message)
    seen = [name for name in functions if name in STAGES[:-1]]
    if WHOLE in functions and seen:
        message = (
            f"{path} defines {WHOLE}, which is all of {', '.join(seen)}; keep one or the other"
        )
        raise UsageError(message)
    return File(name=path.name, functions=functions)


def steps(file: File, manifest: Manifest) -> dict[str, Step]:
    """Return the functions as steps: one that raises, or whose answer does not fit, says so.

    What it raises then is a `PluginError`.
    """
    return {
        name: _step(f"{file.name}: {name}", name, function, manifest)
        for name, function in file.functions.items()
    }


def _defines(module: ModuleType, name: str) -> bool:
    """Return whether a module has something to call by that name that it did not import."""
    value = vars(module).get(name)
    # An object, such as a `partial`, does not tell in which module it was made.
    tells = inspect.isfunction(value) or inspect.isbuiltin(value) or inspect.isclass(value)
    imported = tells and value.__module__ != module.__name__
    return callable(value) and not imported


@contextmanager
def _theirs(where: str) -> Iterator[None]:
    """Run somebody's code: what it raises is one line, what it prints goes to stderr."""
    try:
        with redirect_stdout(sys.stderr):
            yield
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        message = f"{where}: {reason(error)}"
        raise PluginError(message) from error


def _module(path: Path) -> ModuleType:
    if not path.is_file():
        message = f"chain file {path} does not exist"
        raise UsageError(message)
    with _theirs(f"chain file {path} is broken"):
        return load_file(f"harness_chain_{path.stem}", path)


def _step(where: str, name: str, function: Callable[[Any], Any], manifest: Manifest) -> Step:
    def step(value: Any) -> NDArray[Any]:  # noqa: ANN401 - a path, or what the step before gave
        # A copy, for they may write into it.
        given: Any = str(value) if isinstance(value, Path) else np.array(value, order="C")
        with _theirs(where):
            answer = np.asarray(function(given[None] if name == "outputs" else given))
        if answer.dtype.kind not in "fiu":
            message = f"{where}: gives {_kind(answer)}, not an array of numbers"
            raise PluginError(message)
        if name in PIXELS:
            fitting = _image(answer, where)
        elif name == "outputs":
            fitting = _row(answer, where, manifest)
        else:
            fitting = _encoded(answer, where, manifest)
        if not np.isfinite(fitting).all():
            message = f"{where}: gives values that are not finite"
            raise PluginError(message)
        return fitting

    return step


def _image(answer: NDArray[Any], where: str) -> NDArray[Any]:
    answer = pixels(answer)
    if answer.ndim != 3 or not answer.size or answer.shape[-1] not in {1, 3}:  # noqa: PLR2004
        message = f"{where}: gives {_kind(answer)}, not an image H x W x 3 or 1"
        raise PluginError(message)
    if answer.dtype.kind == "f" and 0 < answer.max() <= 1:
        message = f"{where}: gives values from 0 to 1; until encode, levels go from 0 to 255"
        raise PluginError(message)
    return answer


def _encoded(answer: NDArray[Any], where: str, manifest: Manifest) -> NDArray[Any]:
    """Return an image as the model takes it; a batch of one is its only image."""
    encoding, (height, width) = manifest.encoding, manifest.geometry.input_size
    alone = answer[0] if answer.ndim == 4 and len(answer) == 1 else answer  # noqa: PLR2004
    channels = len(encoding.mean)
    first = encoding.layout == "NCHW"
    due = (channels, height, width) if first else (height, width, channels)
    if alone.ndim != len(due) or alone.shape[0 if first else -1] != channels:
        message = f"{where}: gives {_kind(answer)}, the model takes {encoding.dtype} {due}"
        raise PluginError(message)
    if not np.can_cast(alone.dtype, encoding.dtype, "same_kind"):
        message = f"{where}: gives {alone.dtype}, the model takes {encoding.dtype}"
        raise PluginError(message)
    with np.errstate(over="ignore"):  # infinite then, and refused
        return np.ascontiguousarray(alone, encoding.dtype)


def _row(answer: NDArray[Any], where: str, manifest: Manifest) -> NDArray[Any]:
    due = (1, manifest.num_classes)
    if answer.shape != due or answer.dtype.kind != "f":
        message = f"{where}: gives {_kind(answer)} for one image, floats of shape {due} were due"
        raise PluginError(message)
    row: NDArray[Any] = answer[0]
    return row


def _kind(answer: NDArray[Any]) -> str:
    return f"{answer.dtype} {answer.shape}" if answer.dtype != object else repr(answer[()])[:60]
