"""`harness verify`."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from harness.cli import INTERRUPTED, complete
from harness.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness.catalog import Catalogs

UNFIT = 10
"""A level failed."""


def app(catalogs: Callable[[], Catalogs]) -> typer.Typer:
    """Return `harness verify`."""
    commands = typer.Typer(add_completion=False, rich_markup_mode=None)

    @commands.command()
    def command(  # noqa: PLR0913 - one parameter an option
        backend: Annotated[
            str, typer.Argument(help="What is verified.", autocompletion=complete("backends"))
        ],
        *,
        level: Annotated[
            list[str] | None,
            typer.Option(help="Only contract, operators, architectures, weights or numerics."),
        ] = None,
        model: Annotated[
            list[str] | None, typer.Option(help="Only this network, or another: scheme:name.")
        ] = None,
        device: Annotated[str, typer.Option(help="On which device.")] = "cpu",
        precision: Annotated[str, typer.Option(help="In which precision.")] = "fp32",
        format: Annotated[  # noqa: A002
            Literal["text", "markdown", "json"], typer.Option(help="How it is written down.")
        ] = "text",
        output: Annotated[
            Path | None, typer.Option("-o", "--output", help="A file instead of the terminal.")
        ] = None,
        timeout: Annotated[
            float, typer.Option(metavar="SECONDS", min=1, help="For each answer.")
        ] = 300,
    ) -> None:
        """Say whether a backend is right, level by level; exit with 10 when it fails one."""
        from harness_verify import progress, report, verifying
        from harness_verify.wish import wish

        with (
            _kept_whole(output) as write,
            tempfile.TemporaryDirectory(prefix="harness-") as scratch,
        ):
            wanted = wish(
                backend,
                catalogs(),
                Path(scratch),
                levels=level or (),
                models=model or (),
                device=device,
                precision=precision,
                timeout=timeout,
            )
            try:
                with progress.shown() as seen:
                    found = verifying.verify(wanted, seen)
            except KeyboardInterrupt:
                typer.echo("harness: interrupted; nothing was written", err=True)
                raise typer.Exit(INTERRUPTED) from None
            write(report.FORMATS[format](found))
        if found.grade == "fail":
            raise typer.Exit(UNFIT)
        if found.grade in {"not applicable", "incomplete"}:
            raise typer.Exit(UnavailableError.exit_code)

    return commands


@contextmanager
def _kept_whole(output: Path | None) -> Iterator[Callable[[str], None]]:
    """Give what writes a report; a file that cannot be written is told before the work begins."""
    from harness import store

    if output is None:
        yield lambda text: typer.echo(text.rstrip("\n"))
        return
    partial = output.with_name(f"{output.name}.partial")
    try:
        with store.writable(partial):
            partial.touch()

        def write(text: str) -> None:
            with store.writable(output):
                partial.write_text(text, encoding="utf-8")
                partial.replace(output)

        yield write
    finally:
        partial.unlink(missing_ok=True)
