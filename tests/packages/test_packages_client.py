from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from harness import DataError
from harness.packages import client

if TYPE_CHECKING:
    from pathlib import Path


NONE = "ERROR: No match for x==1\n"


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("npm error code ENOTFOUND\nnpm error syscall getaddrinfo\n", "ENOTFOUND"),
        (f"ERROR: Could not find a version that satisfies x==1\n{NONE}", "No match for x==1"),
        (f"WARNING: Retry after connection broken by 'NewError(\"x\")': /x/\n{NONE}", "NewError"),
        ("E: Unable to locate package x\n", "Unable to locate package x"),
        ("env: node: not found\n\n", "env: node: not found"),
        ("", "exit code 3"),
    ],
)
def test_why_a_client_failed_is_one_line(tmp_path: Path, said: str, reason: str) -> None:
    script = f"import sys; sys.stderr.write({said!r}); sys.exit(3)"
    with pytest.raises(DataError) as error:
        client.run([sys.executable, "-c", script], "npm x@1", tmp_path)
    assert str(error.value) == (
        f"cannot fetch npm x@1: {reason}; "
        "check the network, or give the path of a folder that holds the files"
    )


def test_a_client_that_hangs_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "LONGEST", 0.1)
    with pytest.raises(DataError, match=r"cannot fetch npm x@1: it took longer than 0\.1 s"):
        client.run([sys.executable, "-c", "import time; time.sleep(60)"], "npm x@1", tmp_path)


def test_a_client_waits_for_no_answer(tmp_path: Path) -> None:
    script = "import sys; sys.exit(len(sys.stdin.read()))"
    client.run([sys.executable, "-c", script], "npm x@1", tmp_path)


def test_a_client_that_leaves_nothing_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"cannot fetch pip x==1: 0 files \*\.whl were left"):
        client.only(tmp_path, "*.whl", "pip x==1")
