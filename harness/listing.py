"""What plugins offer, and how contenders compare, as tables for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

from harness.catalog import missing
from harness.errors import UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.catalog import Catalogs
    from harness.compare import Comparison

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
        yield _plugins(catalogs) if name == "plugins" else _offers(catalogs, name)
    broken = [plugin for plugin in catalogs.plugins if plugin.broken]
    if kind == "all" and broken:
        yield _plugins(catalogs)


def comparisons(found: list[Comparison], baseline: str, candidate: str) -> Table:
    """Return a table of verdicts on the candidate; a ratio under 1 means that it is faster."""
    table = _table(
        f"{candidate} against {baseline}", "model", "batch", "latency ratio", "rounds", "verdict"
    )
    for each in found:
        ratio = ""
        if each.ratio is not None:
            ratio = f"{each.ratio.value:.3f}"
            if each.ratio.low is not None and each.ratio.high is not None:
                ratio += f" [{each.ratio.low:.3f}, {each.ratio.high:.3f}]"
        why = f" ({each.reason})" if each.reason else ""
        table.add_row(
            escape(each.case.model),
            str(each.case.batch_size),
            escape(ratio),
            str(each.rounds),
            escape(each.verdict + why),
        )
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


def _plugins(catalogs: Catalogs) -> Table:
    table = _table("plugins", "name", "version", "origin", "works")
    for plugin in catalogs.plugins:
        table.add_row(
            plugin.name, plugin.version, escape(plugin.origin), escape(plugin.broken) or "yes"
        )
    return table


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table
