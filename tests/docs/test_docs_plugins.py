"""The backend of docs/plugins.md, exactly as the page shows it."""

from __future__ import annotations

import ast
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness import suite
from harness.discovery import discover
from harness.testing import broken_promises, tiny_model

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    Blocks = Callable[[str, str], list[str]]
    Python = Callable[..., subprocess.CompletedProcess[str]]

PAGE = "plugins.md"
TINY = Path(__file__).parent.parent / "tiny.py"
SUITE = """
name = "tiny"
models = ["tiny:net"]
backends = ["opencv", "numpy"]
data = "tiny"
threads = 1
plugins = [{plugins}]
[speed]
batch_sizes = [1, 5]
rounds = 2
round_seconds = 0.01
warmup_seconds = 0.05
"""


@pytest.fixture
def file(blocks: Blocks, tmp_path: Path) -> Path:
    (shown,) = blocks(PAGE, "python")
    path = tmp_path / "opencv.py"
    path.write_text(shown)
    return path


@pytest.fixture
def site(file: Path, blocks: Blocks, python: Python, tmp_path: Path) -> Path:
    """Return a folder into which the package that the page shows is installed."""
    source, target = tmp_path / "source", tmp_path / "site"
    source.mkdir()
    file.rename(source / "harness_opencv.py")
    _, pyproject = blocks(PAGE, "toml")
    (source / "pyproject.toml").write_text(pyproject)
    options = ("--quiet", "--no-deps", "--no-index", "--no-build-isolation")
    installed = python("pip", "install", *options, "--target", target, source, folder=tmp_path)
    assert installed.returncode == 0, installed.stderr
    return target


def run(python: Python, folder: Path, site: Path, *plugins: Path) -> None:
    path = folder / "tiny.toml"
    path.write_text(SUITE.format(plugins=", ".join(f'"{each}"' for each in plugins)))
    ran = python("harness", "run", path, folder=folder, site=site)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    for job in ("accuracy", "speed · batch 1", "speed · batch 5", "memory · batch 5"):
        assert f"tiny:net · opencv · cpu · {job} ok" in ran.stderr


def test_it_is_short_and_imports_no_engine_at_the_top(file: Path) -> None:
    text = file.read_text()
    assert len(text.splitlines()) <= 35
    top = [node for node in ast.parse(text).body if isinstance(node, ast.Import | ast.ImportFrom)]
    assert [ast.unparse(node) for node in top] == ["import harness"]


def test_it_keeps_its_promises(file: Path, tmp_path: Path) -> None:
    backends = discover([file]).backends
    found = broken_promises(
        backends["opencv"], tiny_model(tmp_path), reference=backends["numpy"], threads=2
    )
    assert found == []


def test_its_suite_is_valid(file: Path, blocks: Blocks) -> None:
    shown, _ = blocks(PAGE, "toml")
    path = file.with_name("mine.toml")
    path.write_text(shown)
    read = suite.read(path)
    assert [read.folder / each for each in read.plugins] == [file]
    assert {each.name for each in read.backends} <= set(discover([file]).backends.offers)


def test_it_runs_as_a_file(file: Path, python: Python, tmp_path: Path) -> None:
    listed = python("harness", "-p", file, "list", "backends", folder=tmp_path)
    (line,) = [line for line in listed.stdout.splitlines() if line.startswith("opencv")]
    assert line.rstrip().endswith("yes")
    run(python, tmp_path, tmp_path, file, TINY)


def test_it_runs_as_a_package(site: Path, python: Python, tmp_path: Path) -> None:
    listed = python("harness", "list", "plugins", folder=tmp_path, site=site).stdout
    lines = [line.strip() for line in listed.splitlines()]
    place = lines.index("harness_opencv · 0.1.0 · harness-opencv 0.1.0")
    assert lines[place + 1] == "backends: opencv"
    run(python, tmp_path, site, TINY)


def test_it_joins_a_shipped_suite(
    site: Path, blocks: Blocks, python: Python, tmp_path: Path
) -> None:
    lines = [line for block in blocks(PAGE, "sh") for line in block.splitlines()]
    (shown,) = [line for line in lines if line.startswith("harness run quickstart")]
    planned = python(*shlex.split(shown), "--dry-run", folder=tmp_path, site=site)
    assert planned.returncode == 0, planned.stderr
    ran = [line.split()[2] for line in planned.stdout.splitlines() if "cpu fp32" in line]
    assert set(ran) == {"opencv", "onnxruntime"}


def test_the_tests_of_the_package_pass(
    site: Path, blocks: Blocks, python: Python, tmp_path: Path
) -> None:
    (shown,) = blocks(PAGE, "py")
    (tmp_path / "test_it.py").write_text(shown)
    tested = python("pytest", "-q", "test_it.py", folder=tmp_path, site=site)
    assert "7 passed" in tested.stdout, tested.stdout
