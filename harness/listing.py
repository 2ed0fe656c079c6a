"""What plugins offer, what a run would do, what it did, as tables for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from harness import detail
from harness.catalog import missing
from harness.errors import UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from harness.catalog import Catalogs, Plugin
    from harness.preview import Line
    from harness.types import Record

KINDS = {
    "backends": "backends",
    "models": "model_sources",
    "converters": "converters",
    "datasets": "datasets",
    "metrics": "metrics",
    "scenarios": "scenarios",
    "formats": "report_formats",
    "executors": "executors",
    "commands": "commands",
    "suites": "suites",
}
"""What `harness list` calls a kind, and its catalog."""


def tables(catalogs: Catalogs, kind: str) -> Iterator[Table]:
    """Yield a table for a kind of offer, for `plugins`, or for `all` of them."""
    if kind not in {*KINDS, "plugins", "all"}:
        known = [*KINDS, "plugins", "all"]
        raise UnknownNameError.among(kind="kind of offer", name=kind, known=known)
    for name in KINDS if kind == "all" else [kind]:
        yield _plugins(catalogs, catalogs.plugins) if name == "plugins" else _offers(catalogs, name)
    broken = [plugin for plugin in catalogs.plugins if plugin.broken]
    if kind == "all" and broken:
        yield _plugins(catalogs, broken)


def planned(lines: Sequence[Line], suite: str) -> Group:
    """Return what a run would do: the formats on the way to each backend, or why not."""
    title = f"{suite}: what a run would do"
    table = _table(title, "model", "data", "backend", "on", "batch", "how")
    for line in lines:
        table.add_row(
            escape(line.model),
            escape(line.data),
            line.backend,
            f"{line.device} {line.precision}",
            ", ".join(map(str, line.batch_sizes)),
            escape(f"skipped: {line.skip}" if line.skip else " → ".join(line.path)),
        )
    skipped = sum(bool(line.skip) for line in lines)
    return Group(table, f"{len(lines) - skipped} would run, {skipped} skipped; nothing was fetched")


def records(found: Iterable[Record]) -> Table:
    """Return a table of records with the beginnings of their keys."""
    table = _table("", "key", "record", "status", "reason")
    for each in found:
        about = escape(detail.described(each))
        table.add_row(each.job.key[:8], about, each.status, escape(each.reason))
    return table


def _offers(catalogs: Catalogs, kind: str) -> Table:
    catalog = getattr(catalogs, KINDS[kind])
    table = _table(kind, "name", "summary", "origin", "available")
    for offer in catalog:
        reason = missing(offer)
        owner = catalog.owners[offer.name]
        origin = owner.name if owner.origin == "built-in" else owner.origin
        known = list(offer.models()) if kind == "models" and not reason else []
        for name in [f"{offer.name}:{each}" for each in known] or [_shown(kind, offer.name)]:
            table.add_row(name, escape(offer.summary), escape(origin), escape(reason) or "yes")
    return table


def _shown(kind: str, name: str) -> str:
    return f"{name}:…" if kind == "models" else name


def _plugins(catalogs: Catalogs, plugins: Iterable[Plugin]) -> Table:
    table = _table("plugins", "")  # paths and reasons are long: in columns they would be shredded
    table.show_header = False
    for plugin in plugins:
        table.add_row(escape(f"{plugin.name} · {plugin.version} · {plugin.origin}"))
        offered = [f"broken: {plugin.broken}"] if plugin.broken else []
        offered += _offered(catalogs, plugin)
        for line in offered or ["nothing"]:
            table.add_row(Padding(escape(line), (0, 0, 0, 2)))
    return table


def _offered(catalogs: Catalogs, plugin: Plugin) -> Iterator[str]:
    """Yield a line for each kind of offer: its names."""
    for kind, seam in KINDS.items():
        owners = getattr(catalogs, seam).owners
        names = [_shown(kind, name) for name, owner in owners.items() if owner.name == plugin.name]
        if names:
            yield f"{kind}: {', '.join(names)}"


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table
