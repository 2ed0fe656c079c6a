"""What plugins offer, by name: who offered it, whether its engine is there."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from harness.errors import UnavailableError, UnknownNameError, UsageError
from harness.offers import Offer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pluggy

    from harness.offers import (
        Backend,
        Command,
        Converter,
        Dataset,
        Executor,
        Metric,
        ModelSource,
        ReportFormat,
        Scenario,
        SuiteFile,
    )

OfferT = TypeVar("OfferT", bound=Offer)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plugin:
    """A plugin that was found, whether or not it works."""

    name: str
    version: str
    origin: str
    """`built-in`, a distribution with its version, or a file."""
    installed: bool = False
    """Whether it came with a distribution; such a one may be broken without stopping a command."""
    broken: str = ""
    """Why it was skipped; empty when it works."""


@dataclass(frozen=True, slots=True)
class Catalog(Generic[OfferT]):
    """The offers of one kind by name, and who made each."""

    kind: str
    offers: dict[str, OfferT]
    owners: dict[str, Plugin]

    def __getitem__(self, name: str) -> OfferT:
        """Return the offer of that name, or raise `UnknownNameError` with the nearest ones."""
        if name not in self.offers:
            raise UnknownNameError.among(self.kind, name, self.offers)
        return self.offers[name]

    def __iter__(self) -> Iterator[OfferT]:
        """Iterate over the offers in the order in which they were made."""
        return iter(self.offers.values())

    def __contains__(self, name: str) -> bool:
        """Return whether anybody offers that name."""
        return name in self.offers

    def available(self, name: str) -> OfferT:
        """Return the offer of that name, or raise `UnavailableError` saying how to install it."""
        offer = self[name]
        if reason := missing(offer):
            message = f"{self.kind} {name!r} is unavailable: {reason}"
            raise UnavailableError(message)
        return offer


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogs:
    """Everything that the plugins of one process offer."""

    backends: Catalog[Backend]
    model_sources: Catalog[ModelSource]
    converters: Catalog[Converter]
    datasets: Catalog[Dataset]
    metrics: Catalog[Metric]
    scenarios: Catalog[Scenario]
    report_formats: Catalog[ReportFormat]
    executors: Catalog[Executor]
    commands: Catalog[Command]
    suites: Catalog[SuiteFile]
    plugins: tuple[Plugin, ...]
    files: tuple[Path, ...]
    """The plugin files in use; they travel to every child process."""
    hook: pluggy.HookRelay


def contender(backends: Catalog[Backend], name: str) -> Backend:
    """Return a backend that is there and whose answers mean something.

    Raises `UsageError` for a control.
    """
    offer = backends.available(name)
    if offer.role != "contender":
        known = ", ".join(each.name for each in backends if each.role == "contender")
        message = f"{name!r} is a control: its answers mean nothing; take one of {known}"
        raise UsageError(message)
    return offer


def missing(offer: Offer) -> str:
    """Return why an offer is unavailable and how to install it, or "" when it is available."""
    absent = [name for name in offer.requires if not _installed(name)]
    if not absent:
        return ""
    hint = f" (pip install '{offer.install}')" if offer.install else ""
    return f"{', '.join(absent)} not installed{hint}"


def _installed(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False
