"""Find plugins and collect what they offer.

Order: built-ins, installed packages (entry point group `harness`), files that the user names.
Nothing is found by looking around: a benchmark must not change because of where it was started.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import sys
from dataclasses import replace
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pluggy

from harness import __version__, environment, hookspecs
from harness.catalog import Catalog, Catalogs, Plugin
from harness.errors import PluginError
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
    from collections.abc import Callable, Iterable, Sequence
    from types import ModuleType

BUILTIN = (
    "harness_authoring",
    "harness_datasets",
    "harness_diverge",
    "harness_doctor",
    "harness_efficientnet_lite",
    "harness_executors",
    "harness_inspect",
    "harness_keras",
    "harness_lecture",
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
    "harness_torchvision",
    "harness_verify",
    "harness_zoo",
)

SEAMS: dict[str, type[Offer]] = {
    "backends": Backend,
    "model_sources": ModelSource,
    "converters": Converter,
    "datasets": Dataset,
    "metrics": Metric,
    "scenarios": Scenario,
    "report_formats": ReportFormat,
    "executors": Executor,
    "commands": Command,
    "suites": SuiteFile,
}
"""Each hook `harness_SEAM` gives descriptors of one type."""


def discover(files: Sequence[Path] = ()) -> Catalogs:
    """Load all plugins into a fresh manager and return what they offer.

    A broken installed package is remembered and skipped; a broken file that the user named, a
    misspelt hook or a name offered twice raises `PluginError`.
    """
    manager = pluggy.PluginManager("harness")
    manager.add_hookspecs(hookspecs)
    plugins = [_register_builtin(manager, name) for name in BUILTIN]
    plugins += [_register_installed(manager, *each) for each in _entry_points()]
    plugins += [_register_file(manager, path) for path in dict.fromkeys(map(Path.resolve, files))]
    collected = {seam: _collect(manager, plugins, seam) for seam in SEAMS}
    return Catalogs(
        **collected,
        plugins=tuple(plugins),
        files=tuple(dict.fromkeys(map(Path.resolve, files))),
        hook=manager.hook,
    )


def _register_builtin(manager: pluggy.PluginManager, name: str) -> Plugin:
    module = importlib.import_module(name)
    manager.register(module, name)
    version = f"{__version__}+{environment.code(Path(str(module.__file__)).parent)}"
    return Plugin(name=name, version=version, origin="built-in")


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
    found = Plugin(
        name=point.value,
        version=distribution.version,
        origin=f"{distribution.name} {distribution.version}",
        installed=True,
    )
    try:
        module = point.load()
        _register(manager, module, point.value)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - one must not stop every command
        if manager.has_plugin(point.value):
            manager.unregister(name=point.value)
        return replace(found, broken=_line(error))
    return found


def _register_file(manager: pluggy.PluginManager, path: Path) -> Plugin:
    if not path.is_file():
        message = f"plugin file {path} does not exist"
        raise PluginError(message)
    content = path.read_bytes()
    version = hashlib.sha256(content).hexdigest()[:12]
    name = f"harness_file_{path.stem}_{version}"
    try:
        module = sys.modules.get(name) or load_file(name, path)
        _register(manager, module, name)
    except PluginError:
        raise
    except (Exception, SystemExit) as error:
        message = f"plugin file {path} is broken: {_line(error)}"
        raise PluginError(message) from error
    return Plugin(name=name, version=version, origin=str(path))


def load_file(name: str, path: Path) -> ModuleType:
    """Run a file and return it as a module of that name; what it raises is passed on."""
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        message = f"{path} is not a Python file"
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
        message = f"plugin {module.__file__}: {' '.join(str(error).split())}"
        raise PluginError(message) from error
    if not manager.get_hookcallers(module):
        manager.unregister(name=name)
        message = f"plugin {module.__file__} implements no hook; mark functions @harness.hookimpl"
        raise PluginError(message)


def _collect(manager: pluggy.PluginManager, plugins: list[Plugin], seam: str) -> Catalog[Any]:
    """Index what the plugins offer; an installed one that fails becomes broken in `plugins`."""
    kind = seam.removesuffix("s").replace("_", " ")
    offers: dict[str, Any] = {}
    owners: dict[str, Plugin] = {}
    for hook in getattr(manager.hook, f"harness_{seam}").get_hookimpls():
        place = next(at for at, each in enumerate(plugins) if each.name == hook.plugin_name)
        owner = plugins[place]
        try:
            made = _made(hook.function, SEAMS[seam])
        except Exception as error:
            reason = f"harness_{seam}: {_line(error)}"
            if owner.installed:
                plugins[place] = replace(owner, broken=reason)
                continue
            message = f"plugin {owner.origin} is broken: {reason}"
            raise PluginError(message) from error
        for offer in made:
            if offer.name in offers:
                first = owners[offer.name]
                message = (
                    f"{kind} {offer.name!r} is offered by both {first.name} ({first.origin}) "
                    f"and {owner.name} ({owner.origin}); uninstall or leave out one"
                )
                raise PluginError(message)
            offers[offer.name] = offer
            owners[offer.name] = owner
    return Catalog(kind, offers, owners)


def _line(error: BaseException) -> str:
    """Return an error's kind and all that it says, on one line."""
    return " ".join(f"{type(error).__name__}: {error}".split())


def _made(function: Callable[[], Iterable[Any]], descriptor: type) -> list[Any]:
    made = list(function())
    for each in made:
        if not isinstance(each, descriptor):
            message = f"gave {type(each).__name__} where {descriptor.__name__} was due"
            raise TypeError(message)
    return made
