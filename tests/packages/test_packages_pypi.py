from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness import UnavailableError
from harness.packages import pypi

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Stub = Callable[[str, str], None]

SCRIPT = """
assert sys.argv[1:3] == ["download", "tiny==1.0"], sys.argv
assert {"--no-deps", "--only-binary=:all:"} < set(sys.argv), sys.argv
[folder] = [each.partition("=")[2] for each in sys.argv if each.startswith("--dest=")]
open(folder + "/tiny-1.0-py3-none-any.whl", "w").write("wheel")
"""


def test_pip_downloads_the_wheel_alone(folder: Path, stub: Stub) -> None:
    stub("pip", SCRIPT)
    assert pypi.download("tiny==1.0", folder).read_text() == "wheel"


def test_without_pip_its_installation_is_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(UnavailableError, match=r"tiny==1.0 \(python -m ensurepip\)"):
        pypi.download("tiny==1.0", folder)
