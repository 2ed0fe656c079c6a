"""`harness doctor` and `harness calibrate`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli import INTERRUPTED, OUT, OutOption, complete

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.catalog import Catalogs


def doctor() -> typer.Typer:
    """Return `harness doctor`."""
    app = typer.Typer(add_completion=False)

    @app.command()
    def command(
        as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,  # noqa: FBT002
        out: OutOption = OUT,
    ) -> None:
        """Measure this machine's ceilings and noise, and say what spoils figures on it."""
        from rich.console import Console

        from harness import decode
        from harness_doctor import examination, report

        typer.echo("examining this machine: about ten seconds", err=True)
        found = examination.examined(out)
        if as_json:
            typer.echo(decode.encode(found).decode())
        else:
            Console().print(report.text(found))

    return app


def calibrate(catalogs: Callable[[], Catalogs]) -> typer.Typer:
    """Return `harness calibrate`."""
    app = typer.Typer(add_completion=False)

    @app.command()
    def command(  # noqa: PLR0913, PLR0917 - one parameter an option
        backend: Annotated[
            str, typer.Option(help="What is timed.", autocompletion=complete("backends"))
        ] = "onnxruntime",
        model: Annotated[str, typer.Option(help="On which model.")] = "timm:resnet18",
        groups: Annotated[int, typer.Option(min=2, help="How often.")] = 10,
        rounds: Annotated[int, typer.Option(min=2, help="Turns of each side in a group.")] = 6,
        device: Annotated[str, typer.Option(help="On which device.")] = "cpu",
        out: OutOption = OUT,
    ) -> None:
        """Time a backend against itself, and say how large this machine's noise is."""
        from harness_doctor import calibrating

        wish = calibrating.Wish(
            backend=backend, model=model, device=device, runs=groups, rounds=rounds
        )
        try:
            records = calibrating.calibrate(
                wish, out / "runs", catalogs(), lambda line: typer.echo(line, err=True)
            )
        except KeyboardInterrupt:
            typer.echo("harness: interrupted; the groups that are finished count", err=True)
            raise typer.Exit(INTERRUPTED) from None
        for line in calibrating.told(records, out / "runs"):
            typer.echo(line)

    return app
