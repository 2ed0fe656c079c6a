"""What this machine can do, what spoils figures on it, how large its noise is: two commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import harness

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import typer

    from harness.catalog import Catalogs


@harness.hookimpl
def harness_commands() -> Iterable[harness.Command]:
    """Offer `harness doctor` and `harness calibrate`."""
    yield harness.Command(
        name="doctor",
        summary="measure this machine's ceilings, and say what spoils figures on it",
        app=_doctor,
    )
    yield harness.Command(
        name="calibrate",
        summary="time a backend against itself: how large is this machine's noise",
        app=_calibrate,
    )


def _doctor(_catalogs: Callable[[], Catalogs]) -> typer.Typer:
    from harness_doctor import command

    return command.doctor()


def _calibrate(catalogs: Callable[[], Catalogs]) -> typer.Typer:
    from harness_doctor import command

    return command.calibrate(catalogs)
