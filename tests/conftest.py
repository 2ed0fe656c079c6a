"""What tests share: a cache of their own, the tiny plugin, a suite made of it, `python -m`."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from harness import progress, suite
from harness.discovery import discover

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness.catalog import Catalogs

TINY = Path(__file__).parent / "tiny.py"
ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep tests out of the user's cache; what they prepare is shared between them."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("HARNESS_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))
        yield


@pytest.fixture(scope="session")
def tiny() -> Catalogs:
    """Return what the built-ins and the tiny plugin offer."""
    return discover([TINY])


@pytest.fixture
def make_suite(tmp_path: Path) -> Callable[..., suite.Suite]:
    """Return a maker of suites of the tiny model and images, as short as they can be."""

    def make(*backends: str, **keys: Any) -> suite.Suite:  # noqa: ANN401 - any key of a suite
        speed = {
            "batch_sizes": [1],
            "rounds": 2,
            "processes": 1,
            "round_seconds": 0.001,
            "warmup_seconds": 0.05,
        }
        data = {
            "name": "tiny",
            "models": ["tiny:net"],
            "backends": list(backends),
            "data": "tiny",
            "threads": 1,
            "timeout_seconds": 60,
        } | keys
        data["speed"] = speed | keys.get("speed", {})
        return suite.parse(data, "suite", tmp_path)

    return make


@pytest.fixture
def silent() -> progress.Progress:
    """Return a progress that nobody sees."""
    return progress.Lines(Console(file=io.StringIO()))


@pytest.fixture(scope="session")
def python() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Return a caller of `python -m`, where a folder may hold installed packages."""

    def call(
        *arguments: str | Path, folder: Path, site: Path = ROOT
    ) -> subprocess.CompletedProcess[str]:
        paths = os.pathsep.join(map(str, (site, ROOT, ROOT / "plugins")))
        return subprocess.run(
            [sys.executable, "-P", "-m", *map(str, arguments)],
            capture_output=True,
            text=True,
            check=False,
            cwd=folder,
            env=os.environ | {"PYTHONPATH": paths, "COLUMNS": "160"},
        )

    return call
