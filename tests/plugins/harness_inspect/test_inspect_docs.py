from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

import harness_inspect
from harness.discovery import discover

PAGE = Path(__file__).parents[3] / "docs" / "inspect.md"


@pytest.mark.slow
def test_what_the_page_shows_is_what_is_printed() -> None:
    pytest.importorskip("torch")
    text = PAGE.read_text(encoding="utf-8")
    shown = re.findall(r"`harness inspect ([^`]+)`:?\n\n```text\n(.*?)```", text, re.DOTALL)
    (offered,) = harness_inspect.harness_commands()
    runner = CliRunner(env={"COLUMNS": "80"})

    assert len(shown) == 2
    for arguments, output in shown:
        result = runner.invoke(offered.app(discover), arguments.split())
        assert result.stdout == output, arguments
