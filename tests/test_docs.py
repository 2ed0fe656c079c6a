"""What the documents say is true."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import pytest

from harness import errors, oracle, suite
from harness.types import Status

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), ROOT / "results" / "README.md"]


def blocks(page: str, language: str) -> list[str]:
    text = (ROOT / page).read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def kinds(error: type[errors.HarnessError]) -> Iterator[type[errors.HarnessError]]:
    yield error
    for each in error.__subclasses__():
        yield from kinds(each)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


def test_the_suite_in_the_docs_is_valid_and_short(tmp_path: Path) -> None:
    (example,) = blocks("docs/suites.md", "toml")
    path = tmp_path / "theirs.toml"
    path.write_text(example)
    read = suite.read(path)
    assert read.models[0].geometry is not None
    assert len(example.splitlines()) <= 12


def test_every_key_of_a_suite_is_documented() -> None:
    text = (ROOT / "docs" / "suites.md").read_text(encoding="utf-8")
    tables = {"": suite.Suite, "accuracy.": suite.Accuracy, "speed.": suite.Speed}
    for prefix, noun in tables.items():
        for field in fields(noun):
            name = f"{prefix}{field.name}"
            assert f"`{name}`" in text or name in {"accuracy", "speed", "folder"}, name
    for noun in (suite.ModelSpec, suite.DataSpec, suite.BackendSpec):
        for field in fields(noun):
            assert re.search(rf"\b{field.name}\b", text), field.name


def test_exit_codes_and_statuses_are_documented() -> None:
    text = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    for error in kinds(errors.HarnessError):
        assert f"| {error.exit_code} |" in text
    for status in get_args(Status):
        assert f"| `{status}` |" in text


def test_the_tolerances_are_documented() -> None:
    text = (ROOT / "docs" / "methodology.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (?:precision|tolerance) \|(.*)\|$", text, re.MULTILINE)
    names, values = ([cell.strip() for cell in row.split("|")] for row in rows)
    assert dict(zip(names, map(float, values), strict=True)) == oracle.TOLERANCE


def test_make_targets_are_explained() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert phony is not None
    for target in phony[1].split():
        assert re.search(rf"^{target}:.*## ", makefile, re.MULTILINE), target
