"""Where a report goes."""

from __future__ import annotations

import os
import re
import shutil
import stat
import threading
from pathlib import Path

import pytest

from harness.errors import StorageError
from harness_verify import destination


def written(output: Path, text: str = "report") -> None:
    with destination.opened(output) as write:
        write(text)


def test_a_file_is_replaced_when_the_new_one_is_complete(tmp_path: Path) -> None:
    output, neighbour = tmp_path / "x.md", tmp_path / "x.md.partial"
    output.write_text("before")
    neighbour.write_text("of the user's")
    with destination.opened(output) as write:
        assert output.read_text() == "before"
        write("after")
    assert (output.read_text(), neighbour.read_text()) == ("after", "of the user's")
    assert {*tmp_path.iterdir()} == {output, neighbour}
    with pytest.raises(KeyboardInterrupt), destination.opened(output):
        raise KeyboardInterrupt
    assert output.read_text() == "after"
    assert {*tmp_path.iterdir()} == {output, neighbour}


@pytest.mark.parametrize("exists", [True, False])
def test_a_link_stays_one(tmp_path: Path, *, exists: bool) -> None:
    output, target = tmp_path / "link", tmp_path / "deep" / "target"
    target.parent.mkdir()
    output.symlink_to(target)
    if exists:
        target.write_text("before")
    written(output)
    assert output.is_symlink()
    assert target.read_text() == "report"
    assert [*target.parent.iterdir()] == [target]


def test_a_pipe_is_written_to(tmp_path: Path) -> None:
    output, read = tmp_path / "pipe", []
    os.mkfifo(output)
    reader = threading.Thread(target=lambda: read.append(output.read_text()), daemon=True)
    reader.start()
    written(output)
    reader.join(10)
    assert read == ["report"]
    assert stat.S_ISFIFO(output.stat().st_mode)


def test_a_device_is_written_to() -> None:
    written(Path(os.devnull))
    assert stat.S_ISCHR(os.stat(os.devnull).st_mode)  # noqa: PTH116 - a device


def refusal(output: Path) -> str:
    with pytest.raises(StorageError) as error, destination.opened(output):
        pytest.fail("the work has begun")
    return str(error.value)


def test_what_cannot_be_written_is_told_before_the_work(tmp_path: Path) -> None:
    end = "; choose another --output"
    assert refusal(tmp_path) == f"cannot write {tmp_path}: Is a directory{end}"
    file = tmp_path / "file"
    file.touch()
    assert refusal(file / "x.md") == f"cannot write {file / 'x.md'}: Not a directory{end}"
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    assert re.fullmatch(f"cannot write {loop}: .+{end}", refusal(loop))


def test_a_folder_that_cannot_be_written_is_told_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "touch", denied)
    monkeypatch.setattr(Path, "unlink", denied)
    said = f"cannot write {tmp_path / 'x.md'}: Permission denied; choose another --output"
    assert refusal(tmp_path / "x.md") == said


def test_a_file_that_is_protected_is_not_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "x.md"
    output.touch()
    monkeypatch.setattr(os, "access", lambda *_: False)  # whoever runs the tests may be root
    assert "Permission denied" in refusal(output)


def test_a_folder_that_has_gone_is_told_in_one_line(tmp_path: Path) -> None:
    output = tmp_path / "deep" / "x.md"
    with destination.opened(output) as write:
        shutil.rmtree(output.parent)
        with pytest.raises(StorageError, match="No such file"):
            write("report")
