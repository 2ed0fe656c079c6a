"""`harness diverge`."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - Typer reads the annotations
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from harness.cli import REGRESSED, complete

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.catalog import Catalogs


def diverge(catalogs: Callable[[], Catalogs]) -> typer.Typer:
    """Return `harness diverge`."""
    app = typer.Typer(add_completion=False)

    @app.command()
    def command(  # noqa: PLR0913, PLR0917 - one parameter an option
        model: Annotated[
            str, typer.Argument(help="scheme:name; A is as its weights were published.")
        ],
        weights: Annotated[str, typer.Option(help="A file, or random.")] = "pretrained",
        chain: Annotated[
            Path | None,
            typer.Option(help="B: a Python file with decode, resize, crop, encode, outputs."),
        ] = None,
        settings: Annotated[
            list[str] | None,
            typer.Option("--set", metavar="KEY=VALUE", help="B: encoding.channel_order=bgr."),
        ] = None,
        against: Annotated[
            str | None,
            typer.Option(help="B: another backend.", autocompletion=complete("backends")),
        ] = None,
        onnx: Annotated[Path | None, typer.Option(help="B: another file of the model.")] = None,
        data: Annotated[
            str | None,
            typer.Option(
                help="By default the smallest with the model's labels.",
                autocompletion=complete("datasets"),
            ),
        ] = None,
        path: Annotated[str | None, typer.Option(help="A folder that holds the data set.")] = None,
        limit: Annotated[int, typer.Option(min=1, help="Only so many images.")] = 1000,
        seed: Annotated[int, typer.Option(min=0, help="By which they are chosen.")] = 0,
        backend: Annotated[
            str | None,
            typer.Option(
                help="By default ONNX Runtime, else NumPy.", autocompletion=complete("backends")
            ),
        ] = None,
        format: Annotated[  # noqa: A002
            Literal["text", "markdown", "json"], typer.Option(help="How it is told.")
        ] = "text",
        fail: Annotated[bool, typer.Option("--fail", help="Exit with 9 if they part.")] = False,  # noqa: FBT002
    ) -> None:
        """Name the stage at which B parts from A, and what each stage costs."""
        from harness import decode
        from harness_diverge import examination, report

        wish = examination.Wish(
            model=model,
            weights=weights,
            file=chain,
            settings=tuple(settings or ()),
            backend=backend,
            against=against,
            onnx=onnx,
            data=data,
            folder=path,
            limit=limit,
            seed=seed,
        )
        found = examination.examined(wish, catalogs(), lambda line: typer.echo(line, err=True))
        tellers = {"text": report.text, "markdown": report.markdown}
        typer.echo(decode.encode(found) if format == "json" else tellers[format](found))
        if fail and any(row.parts for row in found.found.rows):
            raise typer.Exit(REGRESSED)

    return app
