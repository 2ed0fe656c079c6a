from __future__ import annotations

import hashlib
import tarfile
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from harness import DataError, cache, packages
from harness.packages import npm

if TYPE_CHECKING:
    from pathlib import Path

TINY = packages.Package(registry="npm", name="tiny", version="1.0.0")


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> packages.Package:
    """Return a package with a member `data/a`, which is handed out once."""
    archive = tmp_path / "tiny.tgz"
    member = tmp_path / "a"
    member.write_bytes(b"content")
    with tarfile.open(archive, "w:gz") as stream:
        stream.add(member, "package/data/a")

    def download(requirement: str, folder: Path) -> Path:
        assert requirement == "tiny@1.0.0"
        return archive.rename(folder / archive.name)

    monkeypatch.setattr(npm, "download", download)
    return replace(TINY, sha256=hashlib.sha256(archive.read_bytes()).hexdigest())


@pytest.fixture(autouse=True)
def cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.mark.parametrize(
    ("given", "written"),
    [
        (packages.Package(registry="npm", name="@a/b", version="1.2"), "npm @a/b@1.2"),
        (packages.Package(registry="pypi", name="foolbox", version="3.3.4"), "pip foolbox==3.3.4"),
        (packages.Package(registry="debian", name="dataset-x"), "Debian dataset-x"),
        (packages.Package(registry="debian", name="x", version="1-2"), "Debian x=1-2"),
    ],
)
def test_a_package_is_written_as_people_do(given: packages.Package, written: str) -> None:
    assert str(given) == written


def test_members_are_fetched_once_into_the_cache(
    package: packages.Package, cache_folder: Path
) -> None:
    folder = packages.cached(package, ["data/a"])
    assert folder.parent == cache_folder / "packages"
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {"a": b"content"}
    assert packages.cached(package, ["data/a"]) == folder


def test_other_members_and_other_versions_are_other_folders(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named: set[str] = set()

    def note(_kind: str, name: str, _fill: object) -> Path:
        named.add(name)
        return folder

    monkeypatch.setattr(cache, "folder", note)
    packages.cached(TINY, ["a"])
    packages.cached(TINY, ["a", "b"])
    packages.cached(replace(TINY, version="2"), ["a"])
    packages.cached(replace(TINY, registry="pypi"), ["a"])
    packages.cached(replace(TINY, name="@scope/tiny"), ["a"])
    assert len(named) == 5
    assert not any("/" in name for name in named)


def test_another_archive_is_refused_before_unpacking(
    package: packages.Package, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(tarfile, "open")
    with pytest.raises(DataError, match=f"sha256 {package.sha256}, expected 0000") as error:
        packages.fetch(replace(package, sha256="0000"), ["data/a"], folder)
    assert "\n" not in str(error.value)
    assert list(folder.iterdir()) == []


def test_an_archive_without_a_checksum_is_taken_as_it_is(
    package: packages.Package, folder: Path
) -> None:
    packages.fetch(replace(package, sha256=""), ["data/a"], folder)
    assert (folder / "a").read_bytes() == b"content"


def test_a_missing_or_altered_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with pytest.raises(DataError, match="file does not exist"):
        packages.checked(path, "")
    path.write_bytes(b"content")
    sha256 = hashlib.sha256(b"content").hexdigest()
    assert packages.checked(path, sha256) == path
    assert packages.verified(b"content", sha256, path) == b"content"
    for check in (
        lambda: packages.checked(path, "1234"),
        lambda: packages.verified(b"content", "1234", path),
    ):
        with pytest.raises(DataError, match=f"file has sha256 {sha256}, expected 1234"):
            check()
    assert path.exists()
