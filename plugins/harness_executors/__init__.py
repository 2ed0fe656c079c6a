"""Where groups are run: here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import harness

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from harness.group import Setting


@harness.hookimpl
def harness_executors() -> Iterable[harness.Executor]:
    """Offer this machine, one group at a time."""
    yield harness.Executor(
        name="local",
        summary="this machine, a process of its own for each contender",
        run=_run,
    )


def _run(group: harness.Group, setting: Setting) -> Iterator[harness.Record]:
    from harness.group import run_group

    return run_group(group, setting)
