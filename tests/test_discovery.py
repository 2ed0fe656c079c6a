from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from harness.catalog import missing
from harness.discovery import discover
from harness.errors import PluginError, UnavailableError, UnknownNameError
from harness.offers import Metric

ROOT = Path(__file__).parent.parent
BACKEND = """
from __future__ import annotations
from dataclasses import dataclass
from typing import ClassVar
import harness

@dataclass(frozen=True)
class Sits:
    here: ClassVar[int] = 1

@harness.hookimpl
def harness_backends():
    yield harness.Backend(name={name!r}, summary="", load=None, formats=("onnx",), {more})
"""


def plugin(folder: Path, name: str, more: str = "", file: str = "one.py") -> Path:
    path = folder / file
    path.write_text(BACKEND.format(name=name, more=more))
    return path


def test_built_ins_are_found() -> None:
    found = discover()
    assert {"pytorch", "onnxruntime", "numpy", "null"} <= set(found.backends.offers)
    assert {"zoo", "onnx", "timm"} <= set(found.model_sources.offers)
    assert not [each for each in found.plugins if each.broken]


def test_a_file_is_found_and_remembered_as_origin(tmp_path: Path) -> None:
    path = plugin(tmp_path, "mine")
    found = discover([path])
    assert found.backends["mine"].formats == ("onnx",)
    assert found.backends.owners["mine"].origin == str(path)
    assert found.files == (path,)


def test_an_unknown_name_names_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="no backend named 'onnxruntim'; did you mean"):
        discover().backends["onnxruntim"]


def test_a_name_offered_twice_names_both_owners(tmp_path: Path) -> None:
    with pytest.raises(PluginError, match=r"'numpy' is offered by both harness_numpy .*one\.py"):
        discover([plugin(tmp_path, "numpy")])


def test_a_misspelt_hook_is_an_error(tmp_path: Path) -> None:
    path = plugin(tmp_path, "mine")
    path.write_text(path.read_text().replace("harness_backends", "harness_backend"))
    with pytest.raises(PluginError, match="unknown hook 'harness_backend'"):
        discover([path])


HOOK = "import harness\n@harness.hookimpl\ndef harness_backends"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("import nothing_of_this_name", "ModuleNotFoundError"),
        ("def (", "SyntaxError"),
        ("x = 1", "implements no hook"),
        ("raise ValueError('several\\nlines')", "ValueError: several lines"),
        (f"{HOOK}(): raise ValueError('a\\nb')", "harness_backends: ValueError: a b"),
        (f"{HOOK}(x): ...", "PluginValidationError"),
    ],
)
def test_a_broken_file_is_one_line(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "broken.py"
    path.write_text(content)
    with pytest.raises(PluginError, match=message) as error:
        discover([path])
    assert "\n" not in str(error.value)


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(PluginError, match="does not exist"):
        discover([tmp_path / "absent.py"])


def test_a_missing_engine_lists_as_unavailable_with_what_installs_it(tmp_path: Path) -> None:
    path = plugin(tmp_path, "mine", "requires=('engine_x',), install='cnn-harness[torch]'")
    found = discover([path])
    assert missing(found.backends["mine"]) == (
        "engine_x not installed (pip install 'cnn-harness[torch]')"
    )
    with pytest.raises(UnavailableError, match="pip install"):
        found.backends.available("mine")


def test_a_broken_installed_plugin_is_skipped_and_said(tmp_path: Path) -> None:
    folder = tmp_path / "harness_sad-0.1.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: harness-sad\nVersion: 0.1\n")
    (folder / "entry_points.txt").write_text("[harness]\nsad = harness_sad\n")
    (tmp_path / "harness_sad.py").write_text("import nothing_of_this_name\n")
    code = (
        "from harness.discovery import discover\n"
        "found = discover()\n"
        "print([each for each in found.plugins if each.broken], 'numpy' in found.backends)"
    )
    paths = f"{tmp_path}:{ROOT}:{ROOT / 'plugins'}"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": paths},
    )
    assert "harness-sad 0.1" in done.stdout
    assert "ModuleNotFoundError" in done.stdout
    assert done.stdout.strip().endswith("True")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("    raise RuntimeError('no licence')", "harness_backends: RuntimeError: no licence"),
        ("    return None", "TypeError"),
        ("    return [3]", "gave int where Backend was due"),
    ],
)
def test_a_file_whose_hook_fails_is_one_line(tmp_path: Path, body: str, message: str) -> None:
    path = tmp_path / "broken.py"
    path.write_text(f"import harness\n@harness.hookimpl\ndef harness_backends():\n{body}\n")
    with pytest.raises(PluginError, match=message) as error:
        discover([path])
    assert "\n" not in str(error.value)


def test_a_built_in_is_identified_by_its_code() -> None:
    versions = {each.name: each.version for each in discover().plugins}
    assert versions["harness_numpy"].startswith("0.")
    assert versions["harness_numpy"] != versions["harness_torch"]


def test_each_discovery_stands_alone(tmp_path: Path) -> None:
    assert "mine" in discover([plugin(tmp_path, "mine")]).backends
    assert "mine" not in discover().backends


def test_metrics_say_which_way_is_better() -> None:
    offered = list(discover().metrics)
    assert offered
    assert all(isinstance(each, Metric) and each.higher_is_better for each in offered)
