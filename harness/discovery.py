"""Find plugins and index what they offer.

Order: built-ins, installed packages (entry point group `harness`), files that the user names.
Nothing is found by looking around: a benchmark must not change because of where it was started.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import sys
from dataclasses import dataclass
from importlib.metadata import Distribution, distributions
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import pluggy

from harness import __version__, hookspecs
from harness.errors import PluginError, UnavailableError, UnknownNameError
from harness.offers import (
    Backend,
    Command,
    Converter,
    Dataset,
    Executor,
    Metric,
    ModelSource,
    Offer,
    ReportFormat,
    Scenario,
    SuiteFile,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path
    from types import ModuleType

BUILTIN = (
    "harness_datasets",
    "harness_executors",
    "harness_metrics",
    "harness_null",
    "harness_numpy",
    "harness_onnx",
    "harness_onnxruntime",
    "harness_reports",
    "harness_scenarios",
    "harness_suites",
    "harness_timm",
    "harness_torch",
    "harness_zoo",
)

OfferT = TypeVar("OfferT", bound=Offer)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plugin:
    """A plugin that was found, whether or not it works."""

    name: str
    version: str
    origin: str
    """`built-in`, a distribution with its version, or a file."""
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


def discover(files: Sequence[Path] = ()) -> Catalogs:
    """Load all plugins into a fresh manager and return what they offer.

    A broken installed package is remembered and skipped; a broken file that the user named, a
    misspelt hook or a name offered twice raises `PluginError`.
    """
    manager = pluggy.PluginManager("harness")
    manager.add_hookspecs(hookspecs)
    plugins = [_register_builtin(manager, name) for name in BUILTIN]
    plugins += [_register_installed(manager, *each) for each in _entry_points()]
    plugins += [_register_file(manager, path) for path in files]
    working = {plugin.name: plugin for plugin in plugins if not plugin.broken}
    return Catalogs(
        backends=_collect(manager, working, "backends"),
        model_sources=_collect(manager, working, "model_sources"),
        converters=_collect(manager, working, "converters"),
        datasets=_collect(manager, working, "datasets"),
        metrics=_collect(manager, working, "metrics"),
        scenarios=_collect(manager, working, "scenarios"),
        report_formats=_collect(manager, working, "report_formats"),
        executors=_collect(manager, working, "executors"),
        commands=_collect(manager, working, "commands"),
        suites=_collect(manager, working, "suites"),
        plugins=tuple(plugins),
        files=tuple(path.resolve() for path in files),
        hook=manager.hook,
    )


def missing(offer: Offer) -> str:
    """Return why an offer is unavailable and how to install it, or "" when it is available."""
    absent = [name for name in offer.requires if importlib.util.find_spec(name) is None]
    if not absent:
        return ""
    requirement = offer.extra if "==" in offer.extra else f"cnn-harness[{offer.extra}]"
    return f"{', '.join(absent)} not installed (pip install '{requirement}')"


def _register_builtin(manager: pluggy.PluginManager, name: str) -> Plugin:
    module = importlib.import_module(name)
    manager.register(module, name)
    return Plugin(name=name, version=__version__, origin="built-in")


def _entry_points() -> Iterable[tuple[Distribution, Any]]:
    seen: set[str] = set()
    for distribution in distributions():
        for point in distribution.entry_points.select(group="harness"):
            if point.value not in seen:
                seen.add(point.value)
                yield distribution, point


def _register_installed(
    manager: pluggy.PluginManager,
    distribution: Distribution,
    point: Any,  # noqa: ANN401
) -> Plugin:
    origin = f"{distribution.name} {distribution.version}"
    try:
        module = point.load()
        _register(manager, module, point.value)
    except Exception as error:  # noqa: BLE001 - one broken package must not stop every command
        manager.unregister(name=point.value) if manager.has_plugin(point.value) else None
        reason = f"{type(error).__name__}: {error}"
        return Plugin(name=point.value, version=distribution.version, origin=origin, broken=reason)
    return Plugin(name=point.value, version=distribution.version, origin=origin)


def _register_file(manager: pluggy.PluginManager, path: Path) -> Plugin:
    if not path.is_file():
        message = f"plugin file {path} does not exist"
        raise PluginError(message)
    content = path.read_bytes()
    version = hashlib.sha256(content).hexdigest()[:12]
    name = f"harness_file_{path.stem}_{version}"
    try:
        module = sys.modules.get(name) or _load_file(name, path)
        _register(manager, module, name)
    except PluginError:
        raise
    except Exception as error:
        message = f"plugin file {path} is broken: {type(error).__name__}: {error}"
        raise PluginError(message) from error
    return Plugin(name=name, version=version, origin=str(path))


def _load_file(name: str, path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        message = f"plugin file {path} is not a Python file"
        raise PluginError(message)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # before it runs: dataclasses look their own module up
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _register(manager: pluggy.PluginManager, module: ModuleType, name: str) -> None:
    manager.register(module, name)
    try:
        manager.check_pending()
    except pluggy.PluginValidationError as error:
        manager.unregister(name=name)
        message = f"plugin {module.__file__}: {error}".replace("\n", " ")
        raise PluginError(message) from error
    if not manager.get_hookcallers(module):
        manager.unregister(name=name)
        message = f"plugin {module.__file__} implements no hook; mark functions @harness.hookimpl"
        raise PluginError(message)


def _collect(manager: pluggy.PluginManager, plugins: dict[str, Plugin], seam: str) -> Catalog[Any]:
    kind = seam.removesuffix("s").replace("_", " ")
    offers: dict[str, Any] = {}
    owners: dict[str, Plugin] = {}
    implementations = getattr(manager.hook, f"harness_{seam}").get_hookimpls()
    for implementation in implementations:
        owner = plugins[implementation.plugin_name]
        for offer in implementation.function():
            if offer.name in offers:
                first = owners[offer.name].origin, owners[offer.name].name
                message = (
                    f"{kind} {offer.name!r} is offered by both {first[1]} ({first[0]}) "
                    f"and {owner.name} ({owner.origin}); uninstall or leave out one"
                )
                raise PluginError(message)
            offers[offer.name] = offer
            owners[offer.name] = owner
    return Catalog(kind, offers, owners)
