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
        name: Annotated[str, typer.Argument(help="a data set's name, or all")],
    ) -> None:
        """Download data sets into the cache and verify them; print their folders."""
        datasets = catalogs().datasets
        names = sorted(datasets.offers) if name == "all" else [name]
        for dataset in [datasets.available(each) for each in names]:
            if not subset.location(dataset).is_dir():
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
            splits = ", ".join(f"{split} {count:,}" for split, count in dataset.splits.items())
            cached = "yes" if subset.location(dataset).is_dir() else "no"
            table.add_row(dataset.name, splits, dataset.size, cached, dataset.source)
        Console().print(table)

    return commands
