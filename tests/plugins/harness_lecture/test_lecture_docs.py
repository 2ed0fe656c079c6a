"""The table in docs/lecture.md is the lecture's, and its differences are differences."""

from __future__ import annotations

import re

from harness_lecture import published
from tests.plugins.harness_lecture.conftest import RESULTS

PAGE = RESULTS.parent / "docs" / "lecture.md"


def whole(text: str) -> int | None:
    return None if text == "—" else int(text.replace(",", ""))


def test_its_figures_are_the_lectures() -> None:
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    cells = [[each.strip() for each in line.split("|")[1:-1]] for line in lines if line[:2] == "| "]
    figures: dict[tuple[str, str], list[str]] = {}
    model = ""
    for name, figure, *rest in cells[1:]:
        model = name or model
        figures[model, figure] = rest
    for row in published.rows(RESULTS):
        told = {"Size MiB": row.size_mib, "Parameters": row.parameters, "Depth": row.depth}
        for figure, expected in told.items():
            measured, lectures, difference = map(whole, figures[row.model, figure])
            assert lectures == expected
            if measured is not None and lectures is not None:
                assert difference == measured - lectures
        for figure, percent in (("Top-1 %", row.top1), ("Top-5 %", row.top5)):
            assert float(figures[row.model, figure][1]) == percent


def test_each_parameter_that_differs_is_explained() -> None:
    text = PAGE.read_text(encoding="utf-8")
    pattern = r"parameters: ([\d,]+) stored ([+-][\d,]+) \(.*\) = ([\d,]+), the lecture's"
    found = re.findall(pattern, text)
    assert found
    for told in found:
        stored, term, lectures = map(whole, told)
        assert stored is not None
        assert term is not None
        assert stored + term == lectures
