"""What a backend is worth: its promises, its operators, whole networks, how exact it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import harness

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import typer

    from harness.catalog import Catalogs


@harness.hookimpl
def harness_commands() -> Iterable[harness.Command]:
    """Offer `harness verify`."""
    yield harness.Command(
        name="verify",
        summary="say whether a backend is right: promises, operators, networks, exactness",
        app=_app,
    )


def _app(catalogs: Callable[[], Catalogs]) -> typer.Typer:
    from harness_verify import command

    return command.app(catalogs)
