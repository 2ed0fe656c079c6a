"""Every way to extend the harness, one function each.

Seams return descriptors (`harness.offers`); moments tell a plugin that something happens. A plugin
is a module or a file with functions of these names marked `@harness.hookimpl`.
"""

# ruff: noqa: D401 - specifications use no argument and name what they offer

from __future__ import annotations

from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

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
    from harness.types import Group, Json, Record

hookspec = pluggy.HookspecMarker("harness")
hookimpl = pluggy.HookimplMarker("harness")


@hookspec
def harness_backends() -> Iterable[Backend]:
    """Runtimes that turn an artefact into a session."""
    raise NotImplementedError


@hookspec
def harness_model_sources() -> Iterable[ModelSource]:
    """Schemes under which models are found (`scheme:name`)."""
    raise NotImplementedError


@hookspec
def harness_converters() -> Iterable[Converter]:
    """Steps from one format, precision or batching to another."""
    raise NotImplementedError


@hookspec
def harness_datasets() -> Iterable[Dataset]:
    """Labelled images."""
    raise NotImplementedError


@hookspec
def harness_metrics() -> Iterable[Metric]:
    """Figures over the outputs for a subset."""
    raise NotImplementedError


@hookspec
def harness_scenarios() -> Iterable[Scenario]:
    """Ways in which requests reach a session while it is timed."""
    raise NotImplementedError


@hookspec
def harness_report_formats() -> Iterable[ReportFormat]:
    """Ways to write a table down."""
    raise NotImplementedError


@hookspec
def harness_executors() -> Iterable[Executor]:
    """Places where groups are run."""
    raise NotImplementedError


@hookspec
def harness_commands() -> Iterable[Command]:
    """Sub-commands of `harness`, imported when called."""
    raise NotImplementedError


@hookspec
def harness_suites() -> Iterable[SuiteFile]:
    """Suites that a plugin ships."""
    raise NotImplementedError


@hookspec
def harness_environment() -> Mapping[str, Json]:
    """When a run starts: facts about the machine, merged into the environment of every record."""
    raise NotImplementedError


@hookspec
def harness_plan(plan: list[Group]) -> None:
    """When the plan is made: reorder or filter its groups in place."""


@hookspec
def harness_record(record: Record) -> None:
    """When a job is finished: observe its record, already stored."""
