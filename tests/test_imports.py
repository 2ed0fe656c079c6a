"""Imports point one way."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LAYERS = (
    "__main__",
    "cli",
    "comparison",
    "listing",
    "detail",
    "testing",
    "table",
    "compare",
    "run",
    "progress",
    "preview",
    "plan",
    "group",
    "prepare",
    "suite",
    "options",
    "shorthand",
    "conversion",
    "ceiling",
    "worker",
    "scoring",
    "oracle",
    "process",
    "protocol",
    "measure",
    "feed",
    "graph",
    "subset",
    "targets",
    "preprocess",
    "calibration",
    "rounds",
    "store",
    "upgrade",
    "stats",
    "recipe",
    "packages",
    "cache",
    "discovery",
    "catalog",
    "environment",
    "conditions",
    "gpu",
    "cgroup",
    "__init__",
    "hookspecs",
    "decode",
    "offers",
    "session",
    "types",
    "errors",
)
"""From top to bottom; a module imports only from those beneath it."""
SLOW = ("torch", "onnx", "onnxruntime", "pandas", "pyarrow", "timm", "scipy", "numpy", "PIL")


def module_of(path: Path) -> str:
    relative = path.relative_to(ROOT / "harness")
    return relative.parts[0].removesuffix(".py")


def imported(path: Path) -> set[str]:
    """Return the modules that a file imports when it runs; those of type checking are left out."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names: set[str] = set()
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
        waiting += ast.iter_child_nodes(node)
    return names


def layer(name: str) -> str | None:
    """Return the core module that an imported name belongs to."""
    parts = name.split(".")
    if parts[0] != "harness" or len(parts) == 1:
        return None
    return parts[1] if parts[1] in LAYERS else "__init__"


CORE = sorted((ROOT / "harness").rglob("*.py"))
PLUGINS = sorted((ROOT / "plugins").rglob("*.py"))


def test_every_core_module_has_its_layer() -> None:
    assert {module_of(path) for path in CORE} == set(LAYERS)


@pytest.mark.parametrize("path", CORE, ids=lambda path: str(path.relative_to(ROOT)))
def test_core_imports_only_downwards(path: Path) -> None:
    own = module_of(path)
    beneath = set(LAYERS[LAYERS.index(own) :])
    found = {name: layer(name) for name in imported(path)}
    assert {name for name, each in found.items() if each and each not in beneath} == set()
    assert not {name for name in imported(path) if name.startswith("harness_")}


@pytest.mark.parametrize("path", PLUGINS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_plugin_imports_the_core_and_itself_alone(path: Path) -> None:
    own = path.relative_to(ROOT / "plugins").parts[0]
    others = {name for name in imported(path) if name.startswith("harness_")}
    assert {name for name in others if name.split(".")[0] != own} == set()


def test_listing_imports_nothing_slow() -> None:
    code = (
        "import sys; from harness import cli; from harness.discovery import discover; discover();"
        f"print([name for name in {SLOW!r} if name in sys.modules])"
    )
    found = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": f"{ROOT}:{ROOT / 'plugins'}"},
    )
    assert found.stdout.strip() == "[]"
