"""Where groups are run: here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import harness
from harness.group import run_group

if TYPE_CHECKING:
    from collections.abc import Iterable


@harness.hookimpl
def harness_executors() -> Iterable[harness.Executor]:
    """Offer this machine, one group at a time."""
    yield harness.Executor(
        name="local",
        summary="this machine, a process of its own for each contender",
        run=run_group,
    )
