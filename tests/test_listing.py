from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from harness import listing
from harness.compare import Comparison
from harness.errors import UnknownNameError
from harness.stats import Estimate
from harness.types import Case

if TYPE_CHECKING:
    from rich.table import Table

    from harness.catalog import Catalogs

CASE = Case(
    model="zoo:lenet5",
    weights="pretrained",
    artefact="a",
    subset=None,
    device="cpu",
    precision="fp32",
    batch_size=8,
)


def shown(*tables: Table) -> str:
    text = io.StringIO()
    console = Console(file=text, width=160)
    for each in tables:
        console.print(each)
    return text.getvalue()


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


def test_plugins_are_listed_with_their_version(tiny: Catalogs) -> None:
    lines = shown(*listing.tables(tiny, "plugins")).splitlines()
    assert any("tiny.py" in line and line.rstrip().endswith("yes") for line in lines)


def test_an_unknown_kind_is_told_the_nearest(tiny: Catalogs) -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'models'"):
        list(listing.tables(tiny, "modles"))


def test_a_comparison_tells_ratio_interval_and_verdict() -> None:
    ratio = Estimate(value=0.5, low=0.4, high=0.6)
    found = [
        Comparison(case=CASE, verdict="faster", ratio=ratio, rounds=10),
        Comparison(case=CASE, verdict="refused", reason="numpy is [wrong]"),
    ]
    text = shown(listing.comparisons(found, "pytorch", "numpy"))
    assert text.startswith("numpy against pytorch")
    assert "0.500 [0.400, 0.600]" in text
    assert "refused (numpy is [wrong])" in text
