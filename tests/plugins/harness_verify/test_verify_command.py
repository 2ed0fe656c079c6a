"""`harness verify`, from the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

import harness_verify
from harness.discovery import discover
from harness.testing import Check
from harness_verify import verifying
from harness_verify.verdict import verdict

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    Verify = Callable[..., subprocess.CompletedProcess[str]]

TINY = Path(__file__).parent.parent.parent / "tiny.py"
SPOILT = Path(__file__).with_name("spoilt.py")


@pytest.fixture
def verify(python: Verify, tmp_path: Path) -> Verify:
    """Return a caller of the command on the tiny network's architecture."""

    def call(*arguments: str) -> subprocess.CompletedProcess[str]:
        plugins = ("-p", TINY, "-p", SPOILT)
        narrow = ("--level", "architectures", "--model", "tiny:net")
        return python("harness", *plugins, "verify", *narrow, *arguments, folder=tmp_path)

    return call


def test_a_right_backend_leaves_with_0(verify: Verify) -> None:
    done = verify("right")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("right on cpu in fp32: pass\n")
    *before, last = done.stderr.splitlines()
    assert before == ["pieces of work: 1", "tiny:net"]
    assert last.startswith("  architectures · tiny:net pass: off by ")


def test_a_degraded_backend_leaves_with_0(verify: Verify) -> None:
    done = verify("refuses", "--format", "json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["grade"] == "degraded"


def test_a_backend_of_which_nothing_can_be_asked_leaves_with_7(verify: Verify) -> None:
    done = verify("foreign")
    assert done.returncode == 7
    assert "foreign takes sealed; no conversion leads there" in " ".join(done.stdout.split())


def test_a_backend_that_fails_leaves_with_10_and_its_report(verify: Verify, tmp_path: Path) -> None:
    done = verify("wrong", "--format", "markdown", "--output", "deep/wrong.md")
    assert (done.returncode, done.stdout) == (10, "")
    written = (tmp_path / "deep" / "wrong.md").read_text()
    assert "| fail | architectures | tiny:net | off by 1, over 0.0001; Conv node" in written
    assert str(tmp_path) not in written
    assert [each.name for each in (tmp_path / "deep").iterdir()] == ["wrong.md"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("nobody",), 2, "no backend named 'nobody'; known: "),
        (("right", "--level", "operator"), 2, "no level named 'operator'; did you mean"),
        (("right", "--model", "vgg61"), 2, "no model named 'vgg61'; did you mean"),
        (("null",), 2, "'null' is a control: its answers mean nothing; verify one of numpy"),
        (("right", "--device", "cuda"), 7, "right runs on cpu, not on cuda"),
        (("right", "--output", "/proc/nowhere/x.md"), 6, "cannot write /proc/nowhere/x.md"),
    ],
)
def test_what_cannot_be_is_one_line(
    verify: Verify, arguments: tuple[str, ...], code: int, said: str
) -> None:
    done = verify(*arguments)
    assert done.returncode == code
    assert done.stderr.startswith(f"harness: {said}")
    assert len(done.stderr.splitlines()) == 1


def test_a_backend_of_which_not_all_could_be_asked_leaves_with_7(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    unsettled = Check(level="weights", name="a", grade="not applicable", settled=False)
    passed = Check(level="weights", name="b", grade="pass")
    monkeypatch.setattr(verifying, "verify", lambda wish, _: verdict(wish, [passed, unsettled]))
    (command,) = harness_verify.harness_commands()
    done = CliRunner().invoke(command.app(discover), ["numpy"])
    assert done.exit_code == 7
    assert done.stdout.startswith("numpy on cpu in fp32: incomplete\n")


def test_an_interruption_leaves_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(verifying, "verify", interrupted)
    (command,) = harness_verify.harness_commands()
    path = tmp_path / "report.md"
    done = CliRunner().invoke(command.app(discover), ["numpy", "--output", str(path)])
    assert done.exit_code == 130
    assert done.stderr == "harness: interrupted; nothing was written\n"
    assert list(tmp_path.iterdir()) == []
