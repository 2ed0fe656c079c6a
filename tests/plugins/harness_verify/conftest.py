"""Wishes about the spoilt backends, on the tiny network."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.catalog import Catalog
from harness.discovery import discover
from harness_verify.wish import Wish, wish

if TYPE_CHECKING:
    from collections.abc import Callable

TINY = Path(__file__).parent.parent.parent / "tiny.py"
BESIDE = ("numpy", "inexact", "wrong", "refuses")
SPOILT = Path(__file__).with_name("spoilt.py")


@pytest.fixture
def make_wish(tmp_path: Path) -> Callable[..., Wish]:
    """Return a maker of wishes, with few backends to be compared with."""
    found = discover([TINY, SPOILT])

    def make(backend: str, *levels: str, timeout: float = 60, precision: str = "fp32") -> Wish:
        offers = {name: found.backends[name] for name in (*BESIDE, backend)}
        backends = Catalog("backend", offers, found.backends.owners)
        catalogs = replace(found, backends=backends)
        return wish(
            backend,
            catalogs,
            tmp_path,
            levels=levels,
            models=["tiny:net"],
            precision=precision,
            timeout=timeout,
        )

    return make
