from __future__ import annotations

import csv
import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from rich.text import Text

import harness_reports
from harness import decode
from harness.errors import StorageError
from harness.table import Table, table
from harness.types import Record

HERE = Path(__file__).parent
FORMATS = {each.name: each for each in harness_reports.harness_report_formats()}


def made() -> Table:
    """Return the table of records of every status, with a control, a label and random weights."""
    lines = (HERE / "records.jsonl").read_bytes().splitlines()
    return table(decode.json(line, Record, "records.jsonl", error=StorageError) for line in lines)


def rendered(name: str, content: Table) -> str:
    return FORMATS[name].render(content)


@pytest.fixture(autouse=True)
def _hundred_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")


@pytest.fixture
def _colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)


@pytest.mark.parametrize("name", ["markdown", "csv", "terminal"])
def test_a_format_writes_its_golden_text(name: str) -> None:
    golden = HERE / f"golden{FORMATS[name].suffix}"
    assert rendered(name, made()) == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", FORMATS)
def test_no_records_give_a_report_all_the_same(name: str) -> None:
    report = rendered(name, table([]))
    assert "status" in report.lower()
    assert report.endswith("\n")


def test_csv_holds_what_the_table_holds() -> None:
    content = made()
    lines = list(csv.DictReader(io.StringIO(rendered("csv", content))))
    assert len(lines) == len(content.rows)
    for line, row in zip(lines, content.rows, strict=True):
        for column in content.columns:
            value = row.cells[column.name].value
            unit = f" [{column.unit}]" if column.unit else ""
            found = line[f"{column.name}{unit}"]
            assert found == ("" if value is None else value) or float(found) == pytest.approx(value)
    assert "nan" not in rendered("csv", content).lower()


def test_json_holds_what_the_table_holds() -> None:
    content = made()
    data: dict[str, Any] = json.loads(rendered("json", content))
    assert [each["name"] for each in data["columns"]] == [each.name for each in content.columns]
    assert tuple(data["notes"]) == content.notes
    assert [row["ranked"] for row in data["rows"]] == [row.ranked for row in content.rows]
    for found, row in zip(data["rows"], content.rows, strict=True):
        assert found["cells"]["latency"]["value"] == row.cells["latency"].value
        assert found["cells"]["status"]["note"] == row.cells["status"].note


def test_markdown_keeps_bars_out_of_its_cells() -> None:
    lines = rendered("markdown", made()).splitlines()
    table_lines = [line for line in lines if line.startswith("|")]
    assert len({line.count("|") for line in table_lines}) == 1
    assert r"- skipped: no operator Foo \| Bar (timm:resnet50 (random weights) · numpy)" in lines


@pytest.mark.parametrize("width", [60, 80, 100, 120, 200])
def test_the_terminal_is_never_exceeded_and_no_figure_is_cut(
    width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    content = made()
    report = rendered("terminal", content)
    assert max(map(len, report.splitlines())) <= width
    for row in content.rows:
        for column in content.columns:
            if column.topic != "contender":
                assert row.cells[column.name].text in report


def test_a_wide_terminal_has_one_block_of_results(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "220")
    report = rendered("terminal", made())
    assert "Accuracy and speed · cpu · fp32" in report
    assert report.count("Model / Backend") == 1


def test_a_title_that_comes_again_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    lines = rendered("terminal", made()).splitlines()
    titles = [line for line in lines if line.startswith(("Models", "Accuracy", "Speed"))]
    assert len(titles) == len(set(titles))
    assert titles[:2] == ["Models", "Models, continued"]


def test_what_all_rows_share_stands_in_the_title() -> None:
    content = made()
    one = Table(columns=content.columns, rows=content.rows[:1], notes=())
    assert "Accuracy · zoo:lenet5 · pytorch · cpu · fp32" in rendered("terminal", one)


@pytest.mark.usefixtures("_colours")
def test_only_ranked_figures_are_bold() -> None:
    report = Text.from_ansi(rendered("terminal", made()))
    bold = {
        report.plain[span.start : span.end].strip()
        for span in report.spans
        if "bold" in str(span.style)
    }
    assert "31.0 µs" in bold  # onnxruntime's latency
    assert "31.1 µs" in bold  # which the rounds cannot tell from it
    assert "11.0 µs" not in bold  # numpy's, which is wrong
    assert "98.0 µs~" not in bold
    assert not any(text.startswith("98.97") for text in bold)  # tied
    legend = (
        "bold: the best of the usable figures (of latencies rank 1), and what cannot be told from"
    )
    assert legend in report.plain
