"""`harness train`."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - Typer reads the annotations
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from harness.cli import INTERRUPTED, OUT, complete

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.catalog import Catalogs


def train(catalogs: Callable[[], Catalogs]) -> typer.Typer:
    """Return `harness train`."""
    app = typer.Typer(add_completion=False)

    @app.command()
    def command(  # noqa: PLR0913 - one parameter an option
        model: Annotated[str, typer.Argument(help="scheme:name of a network of torch.")],
        *,
        dataset: Annotated[
            str,
            typer.Option(
                help="A data set, or NAME:PATH for a folder that holds it.",
                autocompletion=complete("datasets"),
            ),
        ],
        strategy: Annotated[
            Literal["scratch", "head", "finetune"],
            typer.Option(
                help="All of it from random weights, a new last layer on a frozen trunk, "
                "or all of it from given weights."
            ),
        ],
        weights: Annotated[
            str | None, typer.Option(help="To start from: a file instead of the pretrained ones.")
        ] = None,
        epochs: Annotated[int | None, typer.Option(help="Instead of the recipe's.")] = None,
        batch_size: Annotated[int | None, typer.Option(help="Likewise.")] = None,
        learning_rate: Annotated[float | None, typer.Option(help="Likewise, at its peak.")] = None,
        seed: Annotated[int | None, typer.Option(help="Likewise; decides all chance.")] = None,
        recipe: Annotated[
            Path | None, typer.Option(help="A TOML file with keys of the recipe.")
        ] = None,
        settings: Annotated[
            list[str] | None,
            typer.Option("--set", metavar="KEY=VALUE", help="A key of the recipe: flip=false."),
        ] = None,
        limit: Annotated[
            int | None,
            typer.Option(min=2, help="Only so many training images, the held-out ones included."),
        ] = None,
        test_limit: Annotated[
            int | None, typer.Option(min=1, help="Only so many test images.")
        ] = None,
        time_limit: Annotated[
            float | None,
            typer.Option(
                min=0, metavar="SECONDS", help="No second epoch of this call begins after so long."
            ),
        ] = None,
        device: Annotated[
            Literal["auto", "cpu", "cuda"], typer.Option(help="auto: the GPU if there is one.")
        ] = "auto",
        precision: Annotated[
            Literal["auto", "fp32", "bf16"],
            typer.Option(help="Of the steps; auto: bf16 where the device has instructions for it."),
        ] = "auto",
        threads: Annotated[
            int | None, typer.Option(min=1, help="By default the cores this process may use.")
        ] = None,
        output: Annotated[
            Path | None,
            typer.Option(
                "-o", "--output", help="By default results/models/MODEL-DATASET-STRATEGY."
            ),
        ] = None,
        fresh: Annotated[bool, typer.Option("--fresh", help="Start anew.")] = False,
    ) -> None:
        """Train a network, or continue its training, and write weights with a card."""
        from harness_torch.training import progress, session, setting, telling
        from harness_torch.training import recipe as recipes

        name = dataset.partition(":")[0]
        wish = session.Wish(
            model=model,
            dataset=dataset,
            strategy=strategy,
            weights=weights,
            limit=limit,
            test_limit=test_limit,
            time_limit=time_limit,
            output=output or OUT / "models" / _file(f"{model}-{name}-{strategy}"),
            fresh=fresh,
        )
        base = recipes.default(strategy, name)
        chosen = recipes.wanted(
            base,
            recipe,
            settings or (),
            {
                "epochs": epochs,
                "batch_size": batch_size,
                "learning_rate": learning_rate,
                "seed": seed,
            },
        )
        where = setting.chosen(device, precision, threads)
        try:
            with progress.shown() as seen:
                card = session.train(wish, chosen, where, catalogs(), seen)
        except KeyboardInterrupt:
            typer.echo(
                f"harness: interrupted; {wish.output} keeps the epochs that are finished: the same "
                "command goes on from there",
                err=True,
            )
            raise typer.Exit(INTERRUPTED) from None
        for line in telling.lines(card, wish.output):
            typer.echo(line)

    return app


def _file(name: str) -> str:
    return "".join(each if each.isalnum() or each in "._-" else "-" for each in name)
