"""The command line: each command calls one function."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from harness.errors import UnavailableError, UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.catalog import Catalogs
    from harness.progress import Progress
    from harness.suite import DataSpec, Suite

OUT = Path("results")
FAILED = 8
"""A contender failed or was wrong."""
INTERRUPTED = 130


class Commands(TyperGroup):
    """The harness's own commands and those of plugins, whose apps are made when called."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401 - Typer brings its own click
        """Return all names."""
        return [*super().list_commands(ctx), *(each.name for each in catalogs(ctx).commands)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401 - likewise
        """Return a command; of a plugin's only what help shows."""
        own = super().get_command(ctx, cmd_name)
        if own is not None:
            return own
        names = self.list_commands(ctx)
        if cmd_name not in names:
            raise UnknownNameError.among(kind="command", name=cmd_name, known=names)
        command = catalogs(ctx).commands.available(cmd_name)
        return TyperCommand(
            name=cmd_name, help=f"{command.summary[:1].upper()}{command.summary[1:]}."
        )

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # noqa: ANN401 - likewise
        """Return the command that is called; a plugin's is made now."""
        name, resolved, rest = super().resolve_command(ctx, args)
        if name in self.commands:
            return name, resolved, rest
        command = catalogs(ctx).commands[str(name)]
        made: Any = typer.main.get_command(command.app(lambda: catalogs(ctx)))
        made.name, made.help = name, command.summary
        return name, made, rest


# Plain help: what draws boxes takes longer to import than all else together.
app = typer.Typer(
    cls=Commands, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None
)

OutOption = Annotated[Path, typer.Option("--out", help="Folder for results.")]


@app.callback()
def main(
    ctx: typer.Context,
    plugin: Annotated[
        list[Path] | None, typer.Option("-p", "--plugin", help="A plugin file to load.")
    ] = None,
) -> None:
    """Measure CNN image classifiers: accuracy, agreement, speed, size and memory in one row."""


@app.command()
def run(  # noqa: PLR0913, PLR0917 - one parameter an option
    ctx: typer.Context,
    suite: Annotated[str, typer.Argument(help="A TOML file, or the name of a shipped suite.")],
    out: OutOption = OUT,
    fresh: Annotated[bool, typer.Option("--fresh", help="Start a new run.")] = False,  # noqa: FBT002
    device: Annotated[str | None, typer.Option(help="Instead of the suite's devices.")] = None,
    backend: Annotated[
        list[str] | None, typer.Option(help="Only these backends of the suite.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only so many images.")] = None,
    data: Annotated[str | None, typer.Option(help="A folder that holds the data set.")] = None,
) -> None:
    """Measure a suite, or continue it, and print its table."""
    from harness import run as running
    from harness.table import table

    chosen, found = _suite(ctx, suite)
    narrowed = _narrowed(chosen, device, backend, limit, data)
    part = narrowed != chosen
    try:
        with _progress() as progress:
            records = running.run(narrowed, out / "runs", found, progress, fresh=fresh, part=part)
    except KeyboardInterrupt:
        typer.echo("harness: interrupted; nothing measured is lost: run it again", err=True)
        raise typer.Exit(INTERRUPTED) from None
    typer.echo(found.report_formats["terminal"].render(table(records)).rstrip("\n"))
    outcomes = {record.status for record in records if record.job.contender.backend}
    if outcomes - {"ok", "skipped"}:
        raise typer.Exit(FAILED)
    if outcomes == {"skipped"}:
        raise typer.Exit(UnavailableError.exit_code)


@app.command()
def report(
    ctx: typer.Context,
    run: Annotated[str, typer.Argument(help="A file, a folder, a run_id or `latest`.")] = "latest",
    format: Annotated[str, typer.Option(help="See `harness list formats`.")] = "terminal",  # noqa: A002
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="A file instead of the terminal.")
    ] = None,
    out: OutOption = OUT,
) -> None:
    """Write the table of a run that has been measured."""
    from harness import store
    from harness.table import table

    chosen = catalogs(ctx).report_formats.available(format)
    text = chosen.render(table(store.select(out / "runs", run)))
    if output is None:
        typer.echo(text.rstrip("\n"))
        return
    with store.writable(output):
        output.write_text(text, encoding="utf-8")


@app.command()
def compare(
    baseline: Annotated[str, typer.Argument(help="A backend of the run.")],
    candidate: Annotated[str, typer.Argument(help="Another backend of the run.")],
    run: Annotated[str, typer.Option(help="A file, a folder, a run_id or `latest`.")] = "latest",
    out: OutOption = OUT,
) -> None:
    """Say whether a backend is faster than another."""
    from rich.console import Console

    from harness import listing, store
    from harness.compare import of_backends

    found = of_backends(store.select(out / "runs", run), baseline, candidate)
    Console().print(listing.comparisons(found, baseline, candidate))


@app.command("list")
def list_offers(
    ctx: typer.Context,
    kind: Annotated[str, typer.Argument(help="backends, models, datasets, ... or all.")] = "all",
) -> None:
    """List what plugins offer: name, availability, origin."""
    from rich.console import Console

    from harness import listing

    console = Console()
    for each in listing.tables(catalogs(ctx), kind):
        console.print(each)


def catalogs(ctx: typer.Context) -> Catalogs:
    """Return what the plugins of this call offer, found once."""
    from harness.discovery import discover

    root = ctx.find_root()
    if root.obj is None:
        root.obj = discover(root.params.get("plugin") or ())
    found: Catalogs = root.obj
    return found


def _suite(ctx: typer.Context, name: str) -> tuple[Suite, Catalogs]:
    """Return a suite, and the catalogs with the plugin files that it names."""
    from harness import suite
    from harness.discovery import discover

    chosen = suite.read(suite.find(name, catalogs(ctx).suites))
    named = [chosen.folder / path for path in chosen.plugins]
    found = discover([*catalogs(ctx).files, *named]) if named else catalogs(ctx)
    return chosen, found


def _narrowed(
    suite: Suite,
    device: str | None,
    backends: list[str] | None,
    limit: int | None,
    data: str | None,
) -> Suite:
    names = [each.name for each in suite.backends]
    for name in backends or ():
        if name not in names:
            raise UnknownNameError.among(kind="backend of the suite", name=name, known=names)
    kept = tuple(each for each in suite.backends if not backends or each.name in backends)

    def narrowed(spec: DataSpec | None) -> DataSpec | None:
        if spec is None:
            return None
        path = str(Path(data).resolve()) if data else spec.path
        return replace(spec, limit=limit or spec.limit, path=path)

    return replace(
        suite,
        backends=kept,
        devices=(device,) if device else suite.devices,
        data=narrowed(suite.data),
        models=tuple(replace(model, data=narrowed(model.data)) for model in suite.models),
    )


@contextmanager
def _progress() -> Iterator[Progress]:
    from rich.console import Console

    from harness import progress

    console = Console(stderr=True)
    if not console.is_terminal:
        yield progress.Lines(console)
        return
    shown = progress.live(console)
    with shown.bars:
        yield shown
