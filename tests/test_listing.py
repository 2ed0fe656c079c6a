from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from harness import listing
from harness.catalog import Plugin
from harness.errors import UnknownNameError
from harness.preview import Line

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

    from harness.catalog import Catalogs


def shown(*tables: RenderableType, width: int = 160) -> str:
    text = io.StringIO()
    console = Console(file=text, width=width)
    for each in tables:
        console.print(each)
    return text.getvalue()


def words(*tables: Table) -> list[list[str]]:
    """Return the lines of tables, as words."""
    return [line.split() for line in shown(*tables).splitlines()]


@pytest.mark.parametrize("kind", listing.KINDS)
def test_each_kind_is_listed_with_its_origin(tiny: Catalogs, kind: str) -> None:
    text = shown(*listing.tables(tiny, kind))
    assert text.startswith(kind)
    assert "harness_" in text


def test_a_missing_engine_is_told_with_what_installs_it(
    tiny: Catalogs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        listing, "missing", lambda offer: "pip install it" if offer.name == "numpy" else ""
    )
    lines = shown(*listing.tables(tiny, "backends")).splitlines()
    told = [line for line in lines if line.endswith("pip install it")]
    assert [line.split()[0] for line in told] == ["numpy"]


def test_plugins_are_listed_with_what_they_offer(tiny: Catalogs) -> None:
    lines = words(*listing.tables(tiny, "plugins"))
    versions = {each.name: each.version for each in tiny.plugins}
    own = lines.index(["harness_numpy", "·", versions["harness_numpy"], "·", "built-in"])
    assert lines[own + 1] == ["backends:", "numpy"]
    place = next(at for at, line in enumerate(lines) if line[0].startswith("harness_file_tiny"))
    assert ["models:", "tiny:…"] in lines[place:]
    assert ["datasets:", "tiny"] in lines[place:]


def test_a_narrow_terminal_breaks_no_name(tiny: Catalogs) -> None:
    told = shown(*listing.tables(tiny, "plugins"), width=60).split()
    assert {each.name for each in tiny.plugins} <= {*told}
    assert {*tiny.converters.offers} <= {each.strip(",") for each in told}


def test_a_broken_plugin_says_why(tiny: Catalogs) -> None:
    sad = Plugin(
        name="harness_sad",
        version="0.1",
        origin="harness-sad 0.1",
        installed=True,
        broken="ModuleNotFoundError: No module named 'sad[x]'",
    )
    catalogs = replace(tiny, plugins=(*tiny.plugins, sad))
    lines = [
        f"{sad.name} · {sad.version} · {sad.origin}".split(),
        f"broken: {sad.broken}".split(),
    ]
    assert words(*listing.tables(catalogs, "plugins"))[-2:] == lines
    told = words(*listing.tables(catalogs, "all"))
    assert told[told.index(["plugins"]) + 1 :] == lines


def test_an_unknown_kind_is_told_the_nearest(tiny: Catalogs) -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'models'"):
        list(listing.tables(tiny, "modles"))


def test_a_plan_tells_the_way_to_each_backend_or_why_not() -> None:
    runs = Line(
        model="zoo:lenet5",
        weights="pretrained",
        data="mnist",
        backend="numpy",
        device="cpu",
        precision="fp32",
        batch_sizes=(1, 8),
        path=("torch", "onnx"),
    )
    text = shown(listing.planned([runs, replace(runs, skip="no such [engine]")], "quick"))
    assert text.startswith("quick: what a run would do")
    assert "1, 8   torch → onnx" in text
    assert "skipped: no such [engine]" in text
    assert text.splitlines()[-1] == "1 would run, 1 skipped; nothing was fetched"
