from __future__ import annotations

import io
from dataclasses import replace

from rich.console import Console

from harness.progress import live
from harness.testing import Check
from harness_verify.progress import Lines, Live

PASS = Check(level="operators", name="Add", grade="pass", detail="2 cases")
FAIL = Check(level="operators", name="Sub", grade="fail", detail="[1] wrong", located="node 3")


def test_plain_lines_tell_everything() -> None:
    text = io.StringIO()
    progress = Lines(Console(file=text, width=20))
    progress.start(2, 4)
    progress.heard("operators")
    progress.checked(PASS)
    progress.checked(FAIL)
    progress.finished(1)
    assert text.getvalue().splitlines() == [
        "pieces of work: 2",
        "operators",
        "  operators · Add pass: 2 cases",
        "  operators · Sub fail: [1] wrong; node 3",
    ]


def test_a_bar_leaves_only_what_is_not_a_pass() -> None:
    text = io.StringIO()
    bar = live(Console(file=text, width=120, force_terminal=True))
    progress = Live(bar)
    with bar.bars:
        progress.start(2, 4)
        progress.heard("operators")
        progress.checked(PASS)
        progress.checked(FAIL)
        progress.finished(1)
    assert "Add" not in text.getvalue()
    assert "operators · Sub fail: [1] wrong; node 3" in text.getvalue()
    assert bar.bars.tasks[0].completed == 3
    assert bar.bars.tasks[0].total == 4


def test_what_an_engine_says_is_one_line_that_can_be_read() -> None:
    text = io.StringIO()
    said = "\x1b[31mnode\n3\x07 " + "too much " * 30000
    Lines(Console(file=text)).checked(replace(FAIL, detail=said))
    assert text.getvalue().startswith("  operators · Sub fail: [31mnode 3 too much too")
    assert text.getvalue().endswith("…; node 3\n")
    assert len(text.getvalue()) < 300
