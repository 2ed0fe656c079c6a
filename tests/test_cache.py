from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from harness import cache
from harness.errors import DataError, StorageError, UsageError
from harness.types import Geometry


@pytest.fixture(autouse=True)
def cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("HARNESS_CACHE", str(folder))
    return folder


def write(folder: Path) -> None:
    (folder / "file").write_text("content")


def test_the_root_is_the_users_own_or_the_platforms(
    cache_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cache.root() == cache_folder
    monkeypatch.setenv("HARNESS_CACHE", "")
    assert cache.root().name == "cnn-harness"


def test_a_relative_root_holds_for_children_that_start_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HARNESS_CACHE", "here")
    assert cache.root() == tmp_path / "here"
    monkeypatch.setenv("HARNESS_CACHE", "~/there")
    assert cache.root() == Path.home() / "there"
    monkeypatch.setenv("HARNESS_CACHE", "~nobody-here/there")
    with pytest.raises(UsageError, match=r"^~nobody-here/there: there is no such home folder"):
        cache.root()


def test_equal_nouns_share_a_digest() -> None:
    first = Geometry(input_size=(8, 8), crop_pct=0.9)
    assert cache.digest(first) == cache.digest(Geometry(crop_pct=0.9, input_size=(8, 8)))
    assert cache.digest(first) != cache.digest(Geometry(input_size=(8, 8)))
    assert cache.digest({"a": 1, "b": [2]}) == cache.digest({"b": [2], "a": 1})
    assert cache.digest({"a": 1}) == hashlib.sha256(b'{"a":1}').hexdigest()


def test_a_files_digest_is_its_sha256(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"abc" * 100_000)
    assert cache.file_digest(path) == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_folder_is_filled_once(cache_folder: Path) -> None:
    folder = cache.folder("kind", "name", write)
    assert folder == cache_folder / "kind" / "name"
    assert (folder / "file").read_text() == "content"

    def never(_folder: Path) -> None:
        pytest.fail("filled again")

    assert cache.folder("kind", "name", never) == folder


def test_a_name_may_hold_a_slash(cache_folder: Path) -> None:
    assert cache.folder("kind", "owner/name", write) == cache_folder / "kind" / "owner" / "name"


def test_threads_that_ask_at_once_fill_it_once() -> None:
    fills = []

    def fill(folder: Path) -> None:
        fills.append(folder)
        time.sleep(0.1)
        write(folder)

    with ThreadPoolExecutor(4) as pool:
        folders = list(pool.map(lambda _: cache.folder("kind", "name", fill), range(4)))
    assert len(set(folders)) == 1
    assert len(fills) == 1


def test_another_process_waits_for_the_lock(cache_folder: Path) -> None:
    held, release = threading.Event(), threading.Event()

    def fill(folder: Path) -> None:
        write(folder)
        held.set()
        release.wait(30)

    filler = threading.Thread(target=cache.folder, args=("kind", "name", fill))
    filler.start()
    held.wait(30)
    script = (
        "from harness import cache\n"
        "folder = cache.folder('kind', 'name', lambda folder: 1 / 0)\n"
        "print((folder / 'file').read_text())"
    )
    environment = {**os.environ, "HARNESS_CACHE": str(cache_folder)}
    with subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
        cwd=Path(cache.__file__).parents[1],
    ) as other:
        with pytest.raises(subprocess.TimeoutExpired):
            other.wait(1.5)
        release.set()
        assert other.communicate(timeout=30)[0].strip() == "content"
    filler.join()


def test_an_interrupted_fill_leaves_nothing_that_looks_finished(cache_folder: Path) -> None:
    def broken(folder: Path) -> None:
        write(folder)
        (folder / "half").touch()
        message = "interrupted"
        raise DataError(message)

    with pytest.raises(DataError, match="interrupted"):
        cache.folder("kind", "name", broken)
    assert not (cache_folder / "kind" / "name").exists()
    folder = cache.folder("kind", "name", write)
    assert [path.name for path in folder.iterdir()] == ["file"]


def test_a_cache_that_cannot_be_written_says_how_to_mend_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "taken").touch()
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "taken"))
    with pytest.raises(StorageError, match="HARNESS_CACHE") as error:
        cache.folder("kind", "name", write)
    assert "\n" not in str(error.value)


def test_the_lock_is_let_go_after_an_error(cache_folder: Path) -> None:
    message = "inside"
    with pytest.raises(DataError), cache.locked(cache_folder / "name"):
        raise DataError(message)
    with cache.locked(cache_folder / "name"):
        pass
