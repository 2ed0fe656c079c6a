from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.errors import HarnessError, StorageError, UsageError
from harness_authoring import package

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    from harness.catalog import Catalogs


def test_a_new_package_installs_and_passes_its_own_tests(
    python: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    site = tmp_path / "site"
    made = python("harness", "plugin", "new", "my_engine", folder=tmp_path, site=site)
    assert (made.returncode, made.stdout) == (0, "harness-my-engine\n"), made.stderr
    folder = tmp_path / "harness-my-engine"
    assert {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()} == {
        "README.md",
        "harness_my_engine.py",
        "pyproject.toml",
        "tests/test_harness_my_engine.py",
    }
    options = ("--quiet", "--no-deps", "--no-index", "--no-build-isolation")
    installed = python(
        "pip", "install", *options, "--target", site, folder, folder=tmp_path, site=site
    )
    assert installed.returncode == 0, installed.stderr
    tested = python("pytest", "-q", folder=folder, site=site)
    assert "4 passed" in tested.stdout, tested.stdout
    listed = python("harness", "list", "plugins", folder=tmp_path, site=site).stdout
    lines = [line.strip() for line in listed.splitlines()]
    place = lines.index("harness_my_engine · 0.1.0 · harness-my-engine 0.1.0")
    assert lines[place + 1] == "backends: my_engine"


@pytest.mark.parametrize(
    "name", ["my-engine", "9lives", "Engine", "my__engine", "a b", "", "é", "x" * 300]
)
def test_a_name_that_python_or_an_index_refuses_is_refused(
    tiny: Catalogs, tmp_path: Path, name: str
) -> None:
    with pytest.raises(UsageError, match="cannot name a plugin: begin with a small letter"):
        package.write(name, tmp_path, tiny)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "owner"),
    [
        ("onnxruntime", "harness_onnxruntime"),
        ("pytorch", "harness_torch"),
        ("datasets", "harness_datasets"),
        ("zeros", "harness_file_tiny_"),
    ],
)
def test_a_name_that_is_taken_names_its_owner(
    tiny: Catalogs, tmp_path: Path, name: str, owner: str
) -> None:
    with pytest.raises(UsageError, match=f"'{name}' is taken by {owner}"):
        package.write(name, tmp_path, tiny)


def test_a_folder_that_is_there_is_left_alone(tiny: Catalogs, tmp_path: Path) -> None:
    folder = package.write("mine", tmp_path, tiny)
    (folder / "harness_mine.py").write_text("")
    with pytest.raises(StorageError, match="harness-mine is there already; remove it"):
        package.write("mine", tmp_path, tiny)
    assert (folder / "harness_mine.py").read_text() == ""


def test_a_place_that_cannot_be_written_is_one_line(tiny: Catalogs, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(HarnessError, match=r"cannot write .*: Not a directory; choose another"):
        package.write("mine", tmp_path / "file", tiny)
