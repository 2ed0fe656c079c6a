"""What docs/arithmetic.md shows is what is printed, and its sums are right."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

import harness_inspect
from harness.discovery import discover
from harness.errors import HarnessError

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    Python = Callable[..., subprocess.CompletedProcess[str]]

TEXT = (Path(__file__).parents[2] / "docs" / "arithmetic.md").read_text(encoding="utf-8")
CONSOLE = "".join(re.findall(r"```console\n(.*?)```", TEXT, re.DOTALL))
INSPECTED = re.findall(r"^\$ harness inspect (\S+)(.*)\n((?:(?!\$ ).*\n)*)", CONSOLE, re.MULTILINE)
"""Model, options, and what is shown of the output."""
PREPARED = sorted({model for model, *_ in INSPECTED if ":" in model})
PROSE = re.sub(r"```.*?```", "", TEXT, flags=re.DOTALL)
SUMS = re.findall(r"`([^`]+) ([=≈]) ([\d.,]+)`", PROSE)
LEFT_OUT = "...\n"
SIGNS = str.maketrans({"×": "*", "−": "-", ",": None})  # noqa: RUF001 - as the page writes them


def printed(model: str, options: str) -> str:
    """Return what `harness inspect` says on a terminal of 100 columns."""
    (offered,) = harness_inspect.harness_commands()
    runner = CliRunner(env={"COLUMNS": "100"})
    result = runner.invoke(offered.app(discover), [model, *shlex.split(options)])
    if isinstance(result.exception, HarnessError):
        return f"harness: {result.exception}\n"
    assert result.exit_code == 0, result.output
    return result.stdout


def absent(excerpt: str, output: str) -> str:
    """Return what of an excerpt does not stand in the output, or not in this order."""
    for part in excerpt.split(LEFT_OUT):
        _, found, output = f"\n{output}".partition(f"\n{part}")
        if not found:
            return part
    return ""


def test_every_command_is_one_that_is_tested() -> None:
    commands = re.findall(r"^\$ .*$", CONSOLE, re.MULTILINE)
    assert commands[0] == "$ python networks.py"
    assert len(commands) == 1 + len(INSPECTED)
    assert all(excerpt for *_, excerpt in INSPECTED)


def test_the_small_networks(
    python: Python, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("torch")
    (code,) = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    (tmp_path / "networks.py").write_text(code, encoding="utf-8")
    written = python("networks", folder=tmp_path, site=tmp_path)
    assert written.returncode == 0, written.stderr
    monkeypatch.chdir(tmp_path)

    for model, options, excerpt in INSPECTED:
        if model not in PREPARED:
            assert absent(excerpt, printed(model, options)) == "", f"{model}{options}"


@pytest.mark.parametrize("prepared", PREPARED)
def test_the_networks_of_the_zoo(prepared: str) -> None:
    pytest.importorskip("torch")

    for model, options, excerpt in INSPECTED:
        if model == prepared:
            assert absent(excerpt, printed(model, options)) == "", f"{model}{options}"


def test_an_excerpt_is_found_line_by_line_and_in_order() -> None:
    output = "one\ntwo\nthree\nfour\n"
    for each in ("one\ntwo\n", "one\n...\nthree\n", "four\n"):
        assert absent(each, output) == ""
    assert absent("one\nthree\n", output) == "one\nthree\n"
    assert absent("three\n...\ntwo\n", output) == "two\n"
    assert absent("our\n", output) == "our\n"


@pytest.mark.parametrize(("left", "sign", "right"), SUMS)
def test_every_sum_in_the_text_is_right(left: str, sign: str, right: str) -> None:
    written = left.translate(SIGNS)
    assert re.fullmatch(r"[\d\s.()+*/-]+", written)
    value = float(eval(written))  # noqa: S307 - checked above
    digits = len(right.partition(".")[2])
    assert f"{value:,.{digits}f}" == right
    assert (sign == "=") == (value == pytest.approx(round(value, digits), rel=1e-12))


def test_every_large_number_in_the_text_is_printed_or_computed() -> None:
    numbers = re.findall(r"\d{1,3}(?:,\d{3})+", PROSE)
    assert numbers
    computed = [right for _, _, right in SUMS]
    assert [each for each in numbers if each not in computed and each not in CONSOLE] == []
