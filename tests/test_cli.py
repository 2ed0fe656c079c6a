from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from harness import store
from tests.records import NEW, OLD, record

ROOT = Path(__file__).parent.parent
TINY = ROOT / "tests" / "tiny.py"
SUITE = """
name = "tiny"
models = ["tiny:net"]
backends = ["numpy", "null"]
data = "tiny"
plugins = ["{plugin}"]
[speed]
batch_sizes = [2]
rounds = 2
round_seconds = 0.01
warmup_seconds = 0.05
"""


def harness(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-m", "harness", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env=os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'plugins'}", "COLUMNS": "120"},
    )


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.toml"
    path.write_text(SUITE.format(plugin=TINY))
    return path


def test_a_suite_runs_to_a_table_and_reports_again(suite: Path, tmp_path: Path) -> None:
    ran = harness("run", str(suite), folder=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert "tiny:net" in ran.stdout
    assert "null backend" in ran.stdout
    assert "4 groups" in ran.stderr
    csv = harness("report", "latest", "--format", "csv", folder=tmp_path)
    header, *rows = csv.stdout.splitlines()
    assert "throughput" in header
    assert len(rows) == 1
    written = harness("report", "--format", "markdown", "-o", "deep/table.md", folder=tmp_path)
    assert written.returncode == 0, written.stderr
    assert "| numpy" in (tmp_path / "deep" / "table.md").read_text()
    compared = harness("compare", "numpy", "null", folder=tmp_path)
    assert compared.returncode == 0, compared.stderr
    assert compared.stdout.startswith("null against numpy")
    (records,) = tmp_path.glob("results/runs/tiny/*/records.jsonl")
    assert all(
        json.loads(line)["schema"] == store.SCHEMA for line in records.read_text().splitlines()
    )


def test_options_narrow_a_suite(suite: Path, tmp_path: Path) -> None:
    ran = harness(
        "run", str(suite), "--backend", "numpy", "--limit", "6", "--out", "else", folder=tmp_path
    )
    assert ran.returncode == 0, ran.stderr
    assert "6 of 24" in ran.stdout
    assert (tmp_path / "else" / "runs").is_dir()


def test_a_regression_is_an_exit_code_and_a_line(tmp_path: Path) -> None:
    for contender, took in ((OLD, 1.0), (NEW, 1.2)):
        found = record(contender, [took] * 3, group="g")
        store.append(tmp_path / "results" / "runs" / "s" / "m", found)
    slower = harness(
        "compare", "numpy", "torch", "--fail-on-regression", "10", "--json", folder=tmp_path
    )
    assert slower.returncode == 9
    assert json.loads(slower.stdout)["speed"][0]["verdict"] == "slower"
    assert slower.stderr.startswith("regression: zoo:lenet5 · cpu · fp32 · @1: latency of torch 2")
    quicker = harness("compare", "torch", "numpy", "--fail-on-regression", "10", folder=tmp_path)
    assert (quicker.returncode, quicker.stderr) == (0, "no regression of 10.0% or more was found\n")


def test_one_record_is_shown_in_full(suite: Path, tmp_path: Path) -> None:
    assert harness("run", str(suite), folder=tmp_path).returncode == 0
    listed = harness("show", "latest", "numpy", folder=tmp_path).stdout
    assert [each in listed for each in ("accuracy", "speed", "memory")] == [True] * 3
    shown = harness("show", "latest", "numpy", "accuracy", folder=tmp_path).stdout
    assert shown.startswith("accuracy · tiny:net · numpy · cpu · fp32\n")
    for told in ("run_id: ", "  top1: ", "difference: ", "sha256: ", "python: "):
        assert told in shown
    nothing = harness("show", "latest", "tensorrt", folder=tmp_path)
    assert nothing.returncode == 2
    assert nothing.stderr.startswith("harness: no record of latest fits 'tensorrt'")


def test_a_dry_run_shows_the_plan_and_leaves_nothing(suite: Path, tmp_path: Path) -> None:
    shown = harness("run", str(suite), "--dry-run", "--set", "devices=['cuda']", folder=tmp_path)
    assert shown.returncode == 0, shown.stderr
    assert "skipped: numpy runs on cpu, not on cuda" in " ".join(shown.stdout.split())
    assert "0 would run, 2 skipped" in shown.stdout
    assert not (tmp_path / "results").exists()


def test_a_suite_is_validated_with_what_is_set(suite: Path, tmp_path: Path) -> None:
    valid = harness("validate", str(suite), "--set", 'backends=["*"]', folder=tmp_path)
    assert valid.returncode == 0, valid.stderr
    assert re.fullmatch(r"tiny is valid \(models: 1, backends: \d\d\)\n", valid.stdout)


def test_a_shell_completes_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_HARNESS_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", "harness run quick")
    monkeypatch.setenv("COMP_CWORD", "2")
    code = "import sys; sys.argv[0] = 'harness'; from harness.__main__ import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'plugins'}"},
    )
    assert done.stdout.split() == ["quickstart"]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["run", "quickstrat"], 2, "no suite named 'quickstrat'; did you mean 'quickstart'?"),
        (["run", "absent.toml"], 2, "absent.toml: cannot be read: No such file"),
        (["run", "{suite}", "--backend", "numpi"], 2, "no backend of the suite named 'numpi'"),
        (
            ["validate", "{suite}", "--set", "speed.round=3"],
            2,
            "{suite} with --set: unknown key 'speed.round'",
        ),
        (["run", "{suite}", "--set", "speed"], 2, "--set speed: say key=value"),
        (["run", "{suite}", "--dry-run", "--set", "data=minst"], 2, "no dataset named 'minst'"),
        (["report", "nothing"], 2, "no run 'nothing'"),
        (["report", "--format", "markdwn"], 2, "no report format named 'markdwn'"),
        (["compare", "numpy", "torch"], 2, "no run 'numpy' under results/runs"),
        (["list", "backend"], 2, "no kind of offer named 'backend'; did you mean 'backends'?"),
        (["-p", "absent.py", "list"], 3, "plugin file {folder}/absent.py does not exist"),
    ],
)
def test_bad_input_is_one_line_and_an_exit_code(
    suite: Path, tmp_path: Path, arguments: list[str], code: int, message: str
) -> None:
    done = harness(*(each.format(suite=suite) for each in arguments), folder=tmp_path)
    assert done.returncode == code
    assert done.stderr.startswith(f"harness: {message.format(folder=tmp_path, suite=suite)}")
    assert len(done.stderr.splitlines()) == 1


def test_a_cache_that_cannot_be_written_is_one_line(
    suite: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "file" / "cache"))
    ran = harness("run", str(suite), folder=tmp_path)
    assert ran.returncode == 6
    assert "HARNESS_CACHE" in ran.stderr
    assert len(ran.stderr.splitlines()) == 1


def test_results_that_cannot_be_written_are_one_line(suite: Path, tmp_path: Path) -> None:
    (tmp_path / "results").touch()
    ran = harness("run", str(suite), folder=tmp_path)
    assert ran.returncode == 6
    assert ran.stderr.splitlines()[-1].startswith("harness: cannot write")


def test_everything_offered_is_listed(tmp_path: Path) -> None:
    listed = harness("-p", str(TINY), "list", folder=tmp_path).stdout
    for name in ("onnxruntime", "zoo:lenet5", "mnist", "top1", "offline", "markdown", "local"):
        assert name in listed
    assert "tiny.py" in listed


def test_help_names_the_commands_of_plugins(tmp_path: Path) -> None:
    shown = harness("--help", folder=tmp_path).stdout
    for name in ("run", "report", "list", "data"):
        assert f"\n  {name} " in shown
