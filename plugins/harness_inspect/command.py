"""`harness inspect`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.catalog import Catalogs


def inspect(catalogs: Callable[[], Catalogs]) -> typer.Typer:
    """Return `harness inspect`."""
    app = typer.Typer(add_completion=False)

    @app.command()
    def command(
        model: Annotated[str, typer.Argument(help="scheme:name, or an ONNX file.")],
        layers: Annotated[
            list[str] | None,
            typer.Option(
                metavar="PATTERN",
                help="Only layers of such a name (layer1.*), kind (pool) or operator (Conv); "
                "one alone is worked through.",
            ),
        ] = None,
        input_size: Annotated[
            str | None,
            typer.Option(metavar="HxW", help="Instead of the model's own; where it allows others."),
        ] = None,
        weights: Annotated[
            str | None,
            typer.Option(
                help="A file, pretrained or random, the default: no number here depends on them."
            ),
        ] = None,
        format: Annotated[  # noqa: A002
            Literal["text", "json", "markdown", "csv"], typer.Option(help="How it is told.")
        ] = "text",
    ) -> None:
        """Explain a model, layer by layer: sizes, parameters, work, receptive fields."""
        from harness_inspect import explanation, report, selection, source

        given = source.opened(
            model,
            source.size(input_size) if input_size else None,
            weights,
            catalogs,
            lambda line: typer.echo(line, err=True),
        )
        found = selection.only(explanation.explained(given), layers or [])
        typer.echo(report.FORMATS[format](found), nl=False)

    return app
