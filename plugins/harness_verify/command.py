"""`harness verify`."""

from __future__ import annotations

import signal
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from harness.cli import INTERRUPTED, complete
from harness.errors import StorageError, UnavailableError

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
        from harness_verify import destination, progress, report, verifying
        from harness_verify.wish import wish

        try:
            with _terminable(), destination.opened(output) as write, _scratch() as scratch:
                wanted = wish(
                    backend,
                    catalogs(),
                    scratch,
                    levels=level or (),
                    models=model or (),
                    device=device,
                    precision=precision,
                    timeout=timeout,
                )
                with progress.shown() as seen:
                    found = verifying.verify(wanted, seen)
                coloured = format == "text" and output is None and sys.stdout.isatty()
                write(report.COLOURED(found) if coloured else report.FORMATS[format](found))
        except KeyboardInterrupt:
            typer.echo("harness: interrupted; nothing was written", err=True)
            raise typer.Exit(INTERRUPTED) from None
        if found.grade == "fail":
            raise typer.Exit(UNFIT)
        if found.grade in {"not applicable", "incomplete"}:
            raise typer.Exit(UnavailableError.exit_code)

    return commands


@contextmanager
def _terminable() -> Iterator[None]:
    """Let what asks the process to end clear away what was begun, as an interruption does."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _scratch() -> Iterator[Path]:
    """Give a folder for what nobody needs afterwards."""
    try:
        folder = tempfile.TemporaryDirectory(prefix="harness-")
    except OSError as error:
        message = f"no temporary folder can be made: {error.strerror}; free space or set TMPDIR"
        raise StorageError(message) from error
    with folder as name:
        yield Path(name)
