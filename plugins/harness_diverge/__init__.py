"""At which stage two preprocessing chains part, and what each stage costs: `harness diverge`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import harness

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import typer

    from harness.catalog import Catalogs


@harness.hookimpl
def harness_commands() -> Iterable[harness.Command]:
    """Offer `harness diverge`."""
    yield harness.Command(
        name="diverge",
        summary="at which stage your preprocessing parts from the weights' own, and what it costs",
        app=_diverge,
    )


def _diverge(catalogs: Callable[[], Catalogs]) -> typer.Typer:
    from harness_diverge import command

    return command.diverge(catalogs)
