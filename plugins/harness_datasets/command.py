"""`harness data`: fetch and list data sets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from harness import subset

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.catalog import Catalogs


def app(catalogs: Callable[[], Catalogs]) -> typer.Typer:
    """Return the sub-commands."""
    commands = typer.Typer(
        no_args_is_help=True, add_completion=False, help="Fetch and list data sets."
    )

    @commands.command()
    def fetch(
        name: Annotated[str, typer.Argument(help="a data set's name, or all that need no path")],
    ) -> None:
        """Download data sets into the cache and verify them; print their folders."""
        datasets = catalogs().datasets
        fetchable = sorted(each.name for each in datasets if each.fetch is not None)
        for dataset in map(datasets.available, fetchable if name == "all" else [name]):
            if dataset.fetch is not None and not subset.location(dataset).is_dir():
                typer.echo(f"fetching {dataset.name} ({dataset.size}, {dataset.source})", err=True)
            for split in dataset.splits:
                subset.opened(dataset, split)  # verifies what was fetched, now or earlier
            typer.echo(subset.location(dataset))

    @commands.command(name="list")
    def list_() -> None:
        """Show the data sets, their splits, and which of them are in the cache."""
        from rich.console import Console
        from rich.table import Table

        table = Table("name", "splits", "size", "cached", "source", box=None, pad_edge=False)
        for dataset in sorted(catalogs().datasets, key=lambda each: each.name):
            splits = ", ".join(
                f"{split} {count:,}" if count else split for split, count in dataset.splits.items()
            )
            cached = "yes" if subset.location(dataset).is_dir() else "no"
            if dataset.fetch is None:
                cached = "needs a path"
            table.add_row(dataset.name, splits, dataset.size, cached, dataset.source)
        Console().print(table)

    return commands
