"""What a child says, and how its death is told."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import msgspec
import psutil
import pytest

from harness import decode
from harness.process import ChildError
from harness.testing import Check
from harness.testing.contract import NAMES
from harness_verify import isolated, questions

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness_verify.wish import Wish

    Maker = Callable[..., Wish]


def contract(wish: Wish) -> questions.Contract:
    return questions.Contract(
        files=wish.files,
        backend=wish.backend.name,
        device="cpu",
        precision="fp32",
        threads=1,
        scratch=str(wish.scratch),
        folder=None,
        oracle="numpy",
        names=list(NAMES),
    )


def test_each_answer_is_handed_on(make_wish: Maker) -> None:
    wish = make_wish("right")
    found = list(isolated.ask(contract(wish), Check, wish))
    assert {each.level for each in found} == {"contract"}
    assert {each.grade for each in found} <= {"pass", "not applicable"}
    assert len(found) > 5


@pytest.mark.parametrize(
    ("backend", "status", "reason"),
    [
        ("segfaults", "killed", "the process died of SIGSEGV"),
        ("exits", "failed", "the process ended with exit code 0"),
        ("hangs", "timeout", "no answer within 8 s"),
    ],
)
def test_a_death_is_told_after_what_was_answered(
    make_wish: Maker, backend: str, status: str, reason: str
) -> None:
    wish = make_wish(backend, timeout=8)
    asked = isolated.ask(contract(wish), Check, wish)
    assert next(asked).level == "contract"
    with pytest.raises(ChildError, match=reason) as error:
        list(asked)
    assert error.value.status == status


def test_a_plugin_that_is_not_there_is_told_by_its_last_words(make_wish: Maker) -> None:
    wish = make_wish("right")
    question = msgspec.structs.replace(contract(wish), files=[])
    with pytest.raises(ChildError, match=r"ended with exit code 1: .*no backend named 'right'"):
        list(isolated.ask(question, Check, wish))


@pytest.mark.parametrize("backend", ["reads", "forks"])
def test_an_engine_can_neither_listen_nor_speak(make_wish: Maker, backend: str) -> None:
    wish = make_wish(backend, timeout=8)
    found = list(isolated.ask(contract(wish), Check, wish))
    assert tuple(each.name for each in found) == NAMES


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel ends it there alone")
def test_a_child_ends_with_its_parent_even_when_its_engine_lets_nobody_else_run(
    make_wish: Maker, tmp_path: Path
) -> None:
    wish, log = make_wish("stuck"), tmp_path / "log"
    code = (
        "import sys; from pathlib import Path; from harness import process;"
        f"child = process.start('harness_verify.child', Path({str(log)!r}), 1);"
        f"child.process.stdin.write({decode.encode(contract(wish))!r} + b'\\n');"
        "child.process.stdin.flush(); print(child.process.pid, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    ) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        while "stuck" not in log.read_text():
            assert child.is_running()
            time.sleep(0.05)
        parent.send_signal(signal.SIGKILL)
    try:
        while child.is_running() and child.status() != psutil.STATUS_ZOMBIE:
            time.sleep(0.05)  # the test's own time limit ends it
    except psutil.NoSuchProcess:
        pass
