from __future__ import annotations

import importlib.util
import runpy
from pathlib import Path

import pytest

from harness_datasets import wnids


def installed(package: str) -> Path:
    """Return the folder of a package, without importing it."""
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        pytest.skip(f"{package} is not installed")
    return Path(found.origin).parent


def test_the_order_of_classes_is_that_of_the_wnids() -> None:
    known = list(wnids.table())
    assert len(known) == 1000
    assert known == sorted(known)
    assert wnids.table()["n01440764"] == "tench"
    assert list(wnids.table().values())[999] == "toilet tissue"


def test_the_wnids_are_those_of_timm() -> None:
    path = installed("timm") / "data" / "_info" / "imagenet_synsets.txt"
    assert path.read_text(encoding="utf-8").split() == list(wnids.table())


def test_the_names_are_those_of_torchvision() -> None:
    meta = runpy.run_path(str(installed("torchvision") / "models" / "_meta.py"))
    assert meta["_IMAGENET_CATEGORIES"] == list(wnids.table().values())
