"""Stubs of npm, pip, apt-get and dpkg-deb, which hand out archives that the tests make."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "data"
    path.mkdir()
    return path


@pytest.fixture
def stub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Put a Python script in the place of a client; `pip` is a module, the others are programs."""

    def put(client: str, script: str) -> None:
        if client == "pip":
            path = tmp_path / "modules" / "pip" / "__main__.py"
            monkeypatch.setenv("PYTHONPATH", str(tmp_path / "modules"))
        else:
            path = tmp_path / "bin" / client
            if str(path.parent) not in os.environ["PATH"].split(os.pathsep):
                monkeypatch.setenv("PATH", f"{path.parent}{os.pathsep}{os.environ['PATH']}")
        path.parent.mkdir(parents=True, exist_ok=True)
        (path.parent / "__init__.py").touch()
        path.write_text(f"#!{sys.executable}\nimport os, shutil, sys\n{script}\n")
        path.chmod(0o755)

    return put
