"""A network from its builder's object reference."""

from __future__ import annotations

import importlib
import logging
import operator
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING

from harness import ModelError, UnavailableError, decode
from harness.recipe import Recipe

if TYPE_CHECKING:
    from collections.abc import Iterator

    import torch

    from harness.types import Json


def recipe(details: dict[str, Json]) -> Recipe:
    """Return the details of a form as a recipe."""
    return decode.convert(details, Recipe, "details of the torch form", error=ModelError)


def built(wanted: Recipe, *, pretrained: bool = False) -> torch.nn.Module:
    """Return the network in evaluation mode and float32, its weights as the builder leaves them."""
    module, _, name = wanted.builder.partition(":")
    extra = {"pretrained": True} if pretrained else {}
    with quiet():
        try:
            builder = operator.attrgetter(name)(importlib.import_module(module))
        except (ImportError, AttributeError) as reason:
            message = f"builder {wanted.builder!r} cannot be imported: {reason}"
            raise ModelError(message) from reason
        try:
            model: torch.nn.Module = builder(**wanted.arguments, **extra)
        except Exception as reason:
            if pretrained:
                why = first_line(reason).partition(". ")[0]
                message = (
                    f'the pretrained weights cannot be had: {why}; give weights = PATH or "random"'
                )
                raise UnavailableError(message) from reason
            message = f"{described(wanted)} cannot be built: {first_line(reason)}"
            raise ModelError(message) from reason
    return model.float().eval()


def described(wanted: Recipe) -> str:
    """Return the call that builds the network, for a message."""
    arguments = ", ".join(f"{name}={value!r}" for name, value in wanted.arguments.items())
    return f"{wanted.builder}({arguments})"


@contextmanager
def quiet() -> Iterator[None]:
    """Keep other packages' warnings and log lines from the terminal."""
    disabled = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(disabled)


def first_line(reason: BaseException) -> str:
    """Return an error's kind and the first line of what it says."""
    text = str(reason).strip()
    return f"{type(reason).__name__}: {text.splitlines()[0]}" if text else type(reason).__name__
