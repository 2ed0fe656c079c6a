from __future__ import annotations

import io
import os
import tarfile
import zipfile
from typing import TYPE_CHECKING

import pytest

from harness import DataError
from harness.packages import archives

if TYPE_CHECKING:
    from pathlib import Path

CONTENT = {"a/one": b"first", "two": b"second", "evil.js": b"never"}


def tar(path: Path, files: dict[str, bytes], mode: str = "w:gz") -> Path:
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return path


def wheel(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def found(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("kind", ["npm", "debian", "wheel"])
def test_only_the_wanted_members_are_left_side_by_side(
    tmp_path: Path, folder: Path, kind: str
) -> None:
    archive = {
        "npm": lambda: tar(tmp_path / "x.tgz", {f"package/{x}": y for x, y in CONTENT.items()}),
        "debian": lambda: tar(tmp_path / "x.tar", {f"./{x}": y for x, y in CONTENT.items()}, "w"),
        "wheel": lambda: wheel(tmp_path / "x.whl", CONTENT),
    }[kind]()
    archives.unpack(archive, ["a/one", "two"], folder, "npm x@1")
    assert found(folder) == {"one": b"first", "two": b"second"}


def test_a_lacking_member_is_named_and_nothing_is_left(tmp_path: Path, folder: Path) -> None:
    archive = wheel(tmp_path / "x.whl", CONTENT)
    with pytest.raises(DataError, match=r"^the archive of pip x==1 lacks a/two, three$"):
        archives.unpack(archive, ["two", "three", "a/two"], folder, "pip x==1")
    assert found(folder) == {}


@pytest.mark.parametrize("name", ["truncated.tgz", "truncated.whl", "altered.whl"])
def test_a_damaged_archive_is_named_and_nothing_is_left(
    tmp_path: Path, folder: Path, name: str
) -> None:
    make = wheel if name.endswith(".whl") else tar
    archive = make(tmp_path / name, {"a": os.urandom(100_000), "b": b""})
    content = archive.read_bytes()
    rest = b"" if "truncated" in name else bytes(100) + content[50_100:]
    archive.write_bytes(content[:50_000] + rest)
    with pytest.raises(DataError, match=r"the archive of npm x@1 is truncated or damaged") as error:
        archives.unpack(archive, ["a", "b"], folder, "npm x@1")
    assert "\n" not in str(error.value)
    assert found(folder) == {}


def test_no_name_in_an_archive_leads_out_of_the_folder(tmp_path: Path, folder: Path) -> None:
    names = {"package/../../up": b"up", "package//etc/root": b"root"}
    archives.unpack(tar(tmp_path / "x.tgz", names), ["../../up", "/etc/root"], folder, "")
    assert found(folder) == {"up": b"up", "root": b"root"}


def test_a_link_is_no_member(tmp_path: Path, folder: Path) -> None:
    archive = tmp_path / "links.tgz"
    with tarfile.open(archive, "w:gz") as stream:
        link = tarfile.TarInfo("package/a")
        link.type = tarfile.SYMTYPE
        link.linkname = "/etc/passwd"
        stream.addfile(link)
    with pytest.raises(DataError, match="lacks a"):
        archives.unpack(archive, ["a"], folder, "")
