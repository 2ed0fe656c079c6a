"""The command line: each command calls one function."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from harness.errors import UnavailableError, UnknownNameError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from harness.catalog import Catalogs
    from harness.suite import Suite
    from harness.table import Table
    from harness.types import Record

OUT = Path("results")
FAILED = 8
"""A contender failed or was wrong."""
REGRESSED = 9
"""A comparison found something worse."""
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


def complete(kind: str) -> Callable[[typer.Context], list[str]]:
    """Return what a shell completes with the names of one catalog."""

    def names(ctx: typer.Context) -> list[str]:
        return list(getattr(catalogs(ctx), kind).offers)

    return names


# Plain help: what draws boxes takes longer to import than all else together.
app = typer.Typer(
    cls=Commands, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None
)

OutOption = Annotated[Path, typer.Option("--out", help="Folder for results.")]
SuiteArgument = Annotated[
    str,
    typer.Argument(
        help="A TOML file, or the name of a shipped suite.", autocompletion=complete("suites")
    ),
]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Instead of a suite's key: speed.rounds=5."),
]
RunArgument = Annotated[str, typer.Argument(help="A file, a folder, a run_id or `latest`.")]


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
    suite: SuiteArgument,
    out: OutOption = OUT,
    fresh: Annotated[bool, typer.Option("--fresh", help="Start a new run.")] = False,  # noqa: FBT002
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show the plan.")] = False,  # noqa: FBT002
    device: Annotated[str | None, typer.Option(help="Instead of the suite's devices.")] = None,
    backend: Annotated[
        list[str] | None,
        typer.Option(help="Only these backends of the suite.", autocompletion=complete("backends")),
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only so many images.")] = None,
    data: Annotated[
        str | None,
        typer.Option(metavar="[NAME:]PATH", help="The data set's folder; NAME takes another set."),
    ] = None,
    settings: SetOption = None,
) -> None:
    """Measure a suite, or continue it, and print its table."""
    from harness import options, progress
    from harness import run as running

    chosen, found = _suite(ctx, suite, settings)
    narrowed = options.narrowed(chosen, device, backend, limit, data)
    part = bool(settings) or narrowed != chosen
    if dry_run:
        _show_plan(narrowed, found)
        return
    try:
        with progress.shown() as seen:
            records = running.run(narrowed, out / "runs", found, seen, fresh=fresh, part=part)
    except KeyboardInterrupt:
        typer.echo("harness: interrupted; nothing measured is lost: run it again", err=True)
        raise typer.Exit(INTERRUPTED) from None
    typer.echo(found.report_formats["terminal"].render(_table(records, out)).rstrip("\n"))
    outcomes = {record.status for record in records if record.job.contender.backend}
    if outcomes - {"ok", "skipped"}:
        raise typer.Exit(FAILED)
    if outcomes == {"skipped"}:
        raise typer.Exit(UnavailableError.exit_code)


@app.command()
def validate(ctx: typer.Context, suite: SuiteArgument, settings: SetOption = None) -> None:
    """Say whether a suite is well formed and all that it names exists; nothing is measured."""
    from harness import preview
    from harness.errors import ModelError
    from harness.run import check

    chosen, found = _suite(ctx, suite, settings)
    check(chosen, found)
    for spec in chosen.models:
        if reason := preview.refusal(spec, chosen, found):
            raise ModelError(reason)
    counts = f"models: {len(chosen.models)}, backends: {len(chosen.backends)}"
    typer.echo(f"{chosen.name} is valid ({counts})")


@app.command()
def show(
    run: RunArgument = "latest",
    words: Annotated[
        list[str] | None,
        typer.Argument(help="What a record is about: accuracy, resnet50, numpy, @8, a key, ..."),
    ] = None,
    out: OutOption = OUT,
) -> None:
    """Tell one record of a run in full, or list those that the words fit."""
    from rich.console import Console

    from harness import detail, listing, store

    records = store.select(out / "runs", run)
    found = detail.matching(records, words or [])
    if not found:
        message = (
            f"no record of {run} fits {' '.join(words or [])!r}; list them: harness show {run}"
        )
        raise UsageError(message)
    if len(found) == 1:
        typer.echo(detail.full(found[0]))
        return
    Console().print(listing.records(found))


@app.command()
def report(
    ctx: typer.Context,
    run: RunArgument = "latest",
    format: Annotated[  # noqa: A002
        str,
        typer.Option(help="See `harness list formats`.", autocompletion=complete("report_formats")),
    ] = "terminal",
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="A file instead of the terminal.")
    ] = None,
    out: OutOption = OUT,
) -> None:
    """Write the table of a run that has been measured."""
    from harness import store

    chosen = catalogs(ctx).report_formats.available(format)
    records = store.select(out / "runs", run)
    if chosen.reads == "table":
        text = chosen.render(_table(records, out))
    else:
        text = chosen.render(store.Results(records=records, folder=out))
    if output is None:
        typer.echo(text.rstrip("\n"))
        return
    with store.writable(output):
        output.write_text(text, encoding="utf-8")


@app.command()
def compare(  # noqa: PLR0913 - one parameter an option
    baseline: Annotated[str, typer.Argument(help="A contender, by backend or label; or a run.")],
    candidate: Annotated[str, typer.Argument(help="Another of the same kind.")],
    *,
    run: Annotated[str | None, typer.Option(help="Whose contenders; else those of latest.")] = None,
    across: Annotated[bool, typer.Option("--across-machines", help="Even if they differ.")] = False,
    fail_on_regression: Annotated[
        float | None, typer.Option(metavar="PCT", min=0, help="Exit with 9 for so much slower.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead.")] = False,
    out: OutOption = OUT,
) -> None:
    """Say what is faster or slower, better or worse: of two contenders, or of two runs."""
    from harness import comparison, decode
    from harness.compare import regression, sides

    found = sides.between(out / "runs", baseline, candidate, run, across=across)
    typer.echo(decode.encode(found) if as_json else comparison.text(found))
    if fail_on_regression is not None:
        worse, said = regression.judged(found, fail_on_regression / 100)
        typer.echo(said, err=True)
        raise typer.Exit(REGRESSED if worse else 0)


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


def _suite(ctx: typer.Context, name: str, settings: list[str] | None) -> tuple[Suite, Catalogs]:
    """Return a suite, and the catalogs with the plugin files that it names."""
    from harness import suite
    from harness.discovery import discover

    chosen = suite.read(suite.find(name, catalogs(ctx).suites), settings or ())
    named = [chosen.folder / path for path in chosen.plugins]
    found = discover([*catalogs(ctx).files, *named]) if named else catalogs(ctx)
    return suite.available(chosen, found.backends), found


def _table(records: Sequence[Record], out: Path) -> Table:
    """Return the table, in which differences within the machines' noise are none."""
    from harness import calibration
    from harness.table import table

    known = calibration.floors(out / "runs", records).values()
    return table(records, floor=max((each.paired for each in known), default=0.0))


def _show_plan(suite: Suite, found: Catalogs) -> None:
    from rich.console import Console

    from harness import listing, preview
    from harness.run import check

    check(suite, found)
    Console().print(listing.planned(preview.preview(suite, found), suite.name))
