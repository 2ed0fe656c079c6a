"""`harness verify`, from the command line."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

import harness_verify
from harness.discovery import discover
from harness.errors import StorageError
from harness.testing import Check
from harness_verify import verifying
from harness_verify.verdict import verdict
from tests.tiny import write_model

if TYPE_CHECKING:
    from collections.abc import Callable

    Verify = Callable[..., subprocess.CompletedProcess[str]]

ROOT = Path(__file__).parents[3]
TINY = ROOT / "tests" / "tiny.py"
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
    assert "| fail | architectures | tiny:net | off by 1, over 0.0001; no node: the" in written
    assert str(tmp_path) not in written
    assert [each.name for each in (tmp_path / "deep").iterdir()] == ["wrong.md"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("nobody",), 2, "no backend named 'nobody'; known: "),
        (("right", "--level", "operator"), 2, "no level named 'operator'; did you mean"),
        (("right", "--model", "vgg61"), 2, "no model named 'vgg61'; did you mean"),
        (("null",), 2, "'null' is a control: its answers mean nothing; take one of numpy"),
        (("right", "--device", "cuda"), 7, "right runs on cpu, not on cuda"),
        (("right", "--output", "/proc/nowhere/x.md"), 6, "cannot write /proc/nowhere/x.md"),
        (("right", "--output", "."), 6, "cannot write .: Is a directory; choose another --output"),
        (
            ("right", "--model", "lite0"),
            2,
            "lite0 is no model of the level architectures, but of weights",
        ),
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


def test_a_full_disk_leaves_with_6(verify: Verify) -> None:
    done = verify("full", "--level", "contract")
    assert (done.returncode, done.stdout) == (6, "")
    *_, last = done.stderr.splitlines()
    assert last.startswith("harness: cannot write a temporary file: No space left on device; free")


def test_without_a_temporary_folder_it_leaves_with_6(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(**_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(tempfile, "TemporaryDirectory", full)
    (command,) = harness_verify.harness_commands()
    done = CliRunner().invoke(command.app(discover), ["numpy"])
    assert isinstance(done.exception, StorageError)
    assert str(done.exception).startswith("no temporary folder can be made: No space left")


def test_a_file_of_the_users_is_asked_with_its_own_weights(verify: Verify, tmp_path: Path) -> None:
    write_model(tmp_path / "mine.onnx")
    (tmp_path / "mine.onnx.toml").write_text(
        'geometry = {input_size = [8, 8], mode = "L", crop_pct = 1.0}\n'
        'encoding = {mean = [0.5], std = [0.5]}\nlabel_space = "tiny"\nactivation = "logits"\n'
    )
    done = verify("right", "--model", "onnx:mine.onnx", "--format", "json")
    assert done.returncode == 0, done.stderr
    grades = {each["name"]: each["grade"] for each in json.loads(done.stdout)["checks"]}
    assert grades == {"tiny:net": "pass", "onnx:mine.onnx": "pass"}


@pytest.mark.skipif(sys.platform == "win32", reason="no such signal")
def test_what_asks_it_to_end_finds_all_cleared_away(tmp_path: Path) -> None:
    paths = os.pathsep.join((str(ROOT), str(ROOT / "plugins")))
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    arguments = ("-p", str(TINY), "-p", str(SPOILT), "verify", "hangs", "--level", "contract")
    with subprocess.Popen(
        [sys.executable, "-P", "-m", "harness", *arguments, "--output", str(tmp_path / "x.md")],
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": paths, "TMPDIR": str(temporary)},
    ) as running:
        assert running.stderr is not None
        for line in running.stderr:
            if "unknown precision" in line:  # the next one hangs
                break
        running.terminate()
        assert running.stderr.read().endswith("harness: interrupted; nothing was written\n")
    assert running.returncode == 130
    assert [*temporary.iterdir()] == []
    assert [*tmp_path.iterdir()] == [temporary]


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
