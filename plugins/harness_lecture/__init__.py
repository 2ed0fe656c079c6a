"""A run beside the lecture's table, every difference named: `report --format lecture`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import harness

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.store import Results


@harness.hookimpl
def harness_report_formats() -> Iterable[harness.ReportFormat]:
    """Offer `lecture`."""
    yield harness.ReportFormat(
        name="lecture",
        summary="beside the lecture's figures, every difference named",
        suffix=".md",
        render=_lecture,
        reads="results",
    )


def _lecture(results: Results) -> str:
    from harness_lecture import report

    return report.render(results)
