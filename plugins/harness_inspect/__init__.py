"""A model explained from its structure graph, every number with its formula: `harness inspect`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import harness

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import typer

    from harness.catalog import Catalogs


@harness.hookimpl
def harness_commands() -> Iterable[harness.Command]:
    """Offer `harness inspect`."""
    yield harness.Command(
        name="inspect",
        summary="explain a model, layer by layer: sizes, parameters, work, receptive fields",
        app=_inspect,
    )


def _inspect(catalogs: Callable[[], Catalogs]) -> typer.Typer:
    from harness_inspect import command

    return command.inspect(catalogs)
