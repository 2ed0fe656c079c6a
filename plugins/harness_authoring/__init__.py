"""`harness plugin new`: a working plugin to begin from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import harness

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import typer

    from harness.catalog import Catalogs


@harness.hookimpl
def harness_commands() -> Iterable[harness.Command]:
    """Offer `harness plugin`."""
    yield harness.Command(name="plugin", summary="begin a plugin of your own", app=_app)


def _app(catalogs: Callable[[], Catalogs]) -> typer.Typer:
    from harness_authoring import command

    return command.app(catalogs)
