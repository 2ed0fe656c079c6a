from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pytest
from typer.testing import CliRunner

import harness_datasets
from harness import DataError, Dataset, Sample, UnavailableError, UsageError
from harness.catalog import Catalog
from harness.errors import UnknownNameError

if TYPE_CHECKING:
    from pathlib import Path

    import typer
    from typer.testing import Result


SPLITS = {"train": 1_000, "test": 10}


def dataset(name: str, *, requires: tuple[str, ...] = ()) -> Dataset:
    def fetch(folder: Path) -> None:
        if name == "broken":
            message = "no network"
            raise DataError(message)
        (folder / "file").write_text(name)

    def opened(split: str, folder: Path) -> list[Sample]:
        if (folder / "file").read_text() != name:
            message = f"{folder / 'file'} is damaged"
            raise DataError(message)
        blank = np.zeros((1, 1), np.uint8)
        return [Sample(id=str(number), image=blank, target=0) for number in range(SPLITS[split])]

    return Dataset(
        name=name,
        summary="",
        label_space=name,
        classes=(),
        splits=SPLITS,
        open=opened,
        fetch=fetch,
        identity="0123456789abcdef",
        source=f"npm {name}@1.0",
        size="2 MB",
        requires=requires,
        install="extra",
    )


@pytest.fixture(autouse=True)
def cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path))
    return tmp_path


def invoke(*arguments: str, datasets: tuple[Dataset, ...] = ()) -> Result:
    offers = {each.name: each for each in datasets or (dataset("one"), dataset("two"))}
    catalogs = cast("Any", SimpleNamespace(datasets=Catalog("dataset", offers, {})))
    [command] = harness_datasets.harness_commands()
    app: typer.Typer = command.app(lambda: catalogs)
    return CliRunner().invoke(app, arguments)


def test_fetch_prints_the_folder_that_it_filled(cache_folder: Path) -> None:
    result = invoke("fetch", "two")
    folder = cache_folder / "data" / "two-0123456789ab"
    assert result.exit_code == 0
    assert result.stdout == f"{folder}\n"
    assert result.stderr == "fetching two (2 MB, npm two@1.0)\n"
    assert (folder / "file").read_text() == "two"
    assert invoke("fetch", "two").stderr == ""


def test_fetch_verifies_what_was_fetched_before(cache_folder: Path) -> None:
    invoke("fetch", "two")
    (cache_folder / "data" / "two-0123456789ab" / "file").write_text("else")
    result = invoke("fetch", "two")
    assert isinstance(result.exception, DataError)
    assert "is damaged" in str(result.exception)


def test_fetch_all_fetches_every_one(cache_folder: Path) -> None:
    assert invoke("fetch", "all").exit_code == 0
    assert {path.parent.name for path in cache_folder.glob("data/*/file")} == {
        "one-0123456789ab",
        "two-0123456789ab",
    }


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    result = invoke("fetch", "tow")
    assert isinstance(result.exception, UnknownNameError)
    assert str(result.exception) == "no dataset named 'tow'; did you mean 'two'?"


def test_what_goes_wrong_reaches_the_caller() -> None:
    assert isinstance(invoke("fetch", "broken", datasets=(dataset("broken"),)).exception, DataError)
    absent = dataset("absent", requires=("no_such_package",))
    assert isinstance(invoke("fetch", "absent", datasets=(absent,)).exception, UnavailableError)


def test_the_list_says_what_is_there_and_what_is_cached() -> None:
    invoke("fetch", "two")
    lines = [line.split() for line in invoke("list").stdout.splitlines()]
    assert lines == [
        ["name", "splits", "size", "cached", "source"],
        ["one", "train", "1,000,", "test", "10", "2", "MB", "no", "npm", "one@1.0"],
        ["two", "train", "1,000,", "test", "10", "2", "MB", "yes", "npm", "two@1.0"],
    ]


def test_what_needs_a_path_is_listed_as_such_and_skipped_by_all(cache_folder: Path) -> None:
    given = replace(dataset("given"), fetch=None, identity="", size="", splits={"test": None})
    datasets = dataset("one"), given
    lines = invoke("list", datasets=datasets).stdout.splitlines()
    assert lines[1].split() == ["given", "test", "needs", "a", "path", "npm", "given@1.0"]
    assert invoke("fetch", "all", datasets=datasets).stdout == (
        f"{cache_folder / 'data' / 'one-0123456789ab'}\n"
    )
    refused = invoke("fetch", "given", datasets=datasets)
    assert isinstance(refused.exception, UsageError)
    assert 'data = "given:PATH"' in str(refused.exception)


def test_offering_imports_nothing_slow() -> None:
    script = (
        "import sys, harness_datasets\n"
        "offers = [*harness_datasets.harness_datasets(), *harness_datasets.harness_commands()]\n"
        "print([offer.name for offer in offers], {'typer', 'rich', 'PIL'} & set(sys.modules))"
    )
    run = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:0] = {sys.path!r}\n{script}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.startswith("['cifar10', 'cifar100', 'fashion-mnist', 'cifar100-20', ")
    assert run.stdout.endswith("'data'] set()\n")
