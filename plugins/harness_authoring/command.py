"""`harness plugin`: write a new plugin."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness_authoring import package

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.catalog import Catalogs


def app(catalogs: Callable[[], Catalogs]) -> typer.Typer:
    """Return the sub-commands."""
    commands = typer.Typer(
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        help="Begin a plugin of your own.",
    )

    @commands.callback()
    def main() -> None:
        """Begin a plugin of your own."""

    @commands.command()
    def new(
        name: Annotated[str, typer.Argument(help="What the backend is to be called.")],
        out: Annotated[Path, typer.Option("--out", help="Where its folder is made.")] = Path(),
    ) -> None:
        """Write a package that offers a working backend; its README says how to go on."""
        typer.echo(package.write(name, out, catalogs()))

    return commands
