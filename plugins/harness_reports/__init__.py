"""Ways to write a table down: terminal, Markdown, CSV, JSON, SVG."""

from __future__ import annotations

from typing import TYPE_CHECKING

import harness

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.table import Table


@harness.hookimpl
def harness_report_formats() -> Iterable[harness.ReportFormat]:
    """Offer the formats."""
    yield harness.ReportFormat(
        name="terminal", summary="for reading here and now", suffix=".txt", render=_terminal
    )
    yield harness.ReportFormat(
        name="markdown", summary="for a README or an issue", suffix=".md", render=_markdown
    )
    yield harness.ReportFormat(
        name="csv", summary="plain figures in SI units", suffix=".csv", render=_csv
    )
    yield harness.ReportFormat(
        name="json", summary="figures, texts and notes", suffix=".json", render=_json
    )
    yield harness.ReportFormat(
        name="svg", summary="a picture of the terminal", suffix=".svg", render=_svg
    )


def _terminal(table: Table) -> str:
    from harness_reports import terminal

    return terminal.render(table)


def _markdown(table: Table) -> str:
    from harness_reports import markdown

    return markdown.render(table)


def _csv(table: Table) -> str:
    from harness_reports import csv

    return csv.render(table)


def _json(table: Table) -> str:
    from harness_reports import json

    return json.render(table)


def _svg(table: Table) -> str:
    from harness_reports import svg

    return svg.render(table)
