from __future__ import annotations

import io
from dataclasses import replace

from rich.console import Console

from harness.progress import Lines, live
from harness.types import Case, Contender, Job, Record

RECORD = Record(
    schema=1,
    run_id="1",
    group_run_id="g",
    job=Job(
        kind="speed",
        key="k",
        case=Case(
            model="zoo:lenet5",
            weights="pretrained",
            artefact="a",
            subset=None,
            device="cpu",
            precision="fp32",
            batch_size=8,
        ),
        contender=Contender(backend="numpy", version="1"),
    ),
    status="ok",
)
FAILED = replace(RECORD, status="failed", reason="[it] broke")


def test_plain_lines_say_what_ended_and_how() -> None:
    text = io.StringIO()
    progress = Lines(Console(file=text, width=200))
    progress.start(4, 1)
    progress.heard("unseen")
    progress.recorded(RECORD)
    progress.recorded(FAILED)
    progress.finished()
    assert text.getvalue().splitlines() == [
        "4 groups, 1 finished earlier",
        "zoo:lenet5 · numpy · cpu · speed · batch 8 ok",
        "zoo:lenet5 · numpy · cpu · speed · batch 8 failed: [it] broke",
    ]


def test_a_terminal_shows_the_case_in_hand_and_keeps_only_what_failed() -> None:
    text = io.StringIO()
    progress = live(Console(file=text, width=120, force_terminal=True))
    with progress.bars:
        progress.start(4, 1)
        progress.heard("zoo:lenet5 · numpy · round 3/10")
        progress.recorded(RECORD)
        progress.recorded(FAILED)
        progress.finished()
    shown = text.getvalue()
    assert "round 3/10" in shown
    assert "2/4" in shown
    assert "failed: [it] broke" in shown
    assert "batch 8 ok" not in shown
