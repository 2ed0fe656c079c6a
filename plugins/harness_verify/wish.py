"""What is to be found out, about which backend, and with what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness import environment, plan
from harness.catalog import contender
from harness.errors import UnavailableError, UnknownNameError, UsageError
from harness.session import fitting
from harness.testing import LEVELS
from harness.testing.models import ONNX
from harness_verify import classics

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from harness.catalog import Catalogs
    from harness.offers import Backend
    from harness.testing.checks import Level
    from harness_verify.classics import Networks

ORACLE = "numpy"
"""The backend whose float64 answer on the structure graph is taken as right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """One backend, the levels that it is asked about, and what each piece of work may take."""

    backend: Backend
    levels: tuple[Level, ...]
    networks: Networks
    device: str
    precision: str
    threads: int
    timeout: float
    """Seconds within which each answer has to come."""
    catalogs: Catalogs
    scratch: Path
    """Where children leave what nobody needs afterwards."""

    @property
    def takes_onnx(self) -> bool:
        """Return whether the backend runs graphs, which can be made of one operator, and be cut."""
        return bool(fitting(self.backend, ONNX))

    @property
    def files(self) -> list[str]:
        """Return the plugin files, for the children."""
        return [str(each) for each in self.catalogs.files]


def wish(  # noqa: PLR0913 - one parameter an option
    backend: str,
    catalogs: Catalogs,
    scratch: Path,
    *,
    levels: Sequence[str] = (),
    models: Sequence[str] = (),
    device: str = "cpu",
    precision: str = "fp32",
    timeout: float = 300.0,
) -> Wish:
    """Return the wish; `HarnessError` where it cannot be fulfilled by anybody."""
    offered = contender(catalogs.backends, backend)
    for name in levels:
        if name not in LEVELS:
            raise UnknownNameError.among(kind="level", name=name, known=LEVELS)
    if reason := plan.unusable(offered, device, precision):
        raise UnavailableError(reason)
    wanted = tuple(each for each in LEVELS if not levels or each in levels)
    networks = classics.chosen(models, catalogs)
    for name in models:
        _check(name, wanted, networks)
    return Wish(
        backend=offered,
        levels=wanted,
        networks=networks,
        device=device,
        precision=precision,
        threads=environment.cores(),
        timeout=timeout,
        catalogs=catalogs,
        scratch=scratch,
    )


def _check(model: str, wanted: Sequence[Level], chosen: Networks) -> None:
    """Raise `UsageError` where none of the levels that are wanted has a model."""
    known = [
        level
        for level in LEVELS
        if any(classics.means(model, each.name) for each in chosen.of(level))
    ]
    if not {*known} & {*wanted}:
        message = (
            f"{model} is no model of the level {' or '.join(wanted)}, but of {', '.join(known)}"
        )
        raise UsageError(message)
