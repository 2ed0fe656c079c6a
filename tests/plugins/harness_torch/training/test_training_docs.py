from __future__ import annotations

import re
from dataclasses import asdict
from pathlib import Path

from harness_torch.training.recipe import STRATEGIES

PAGE = Path(__file__).parents[4] / "docs" / "training.md"


def test_every_key_of_a_recipe_is_documented_with_its_defaults() -> None:
    rows = re.findall(r"^\| `(\w+)` \|(.*)\|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    told = {name: [each.strip() for each in cells.split("|")][-3:] for name, cells in rows}
    recipes = [asdict(each) for each in STRATEGIES.values()]
    for name in recipes[0]:
        values = [recipe[name] for recipe in recipes]
        assert told[name] == [
            str(each).lower() if isinstance(each, bool) else _said(each) for each in values
        ], name


def _said(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
