"""Plan -> records: the only loop over groups."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from harness import cache, decode, environment, plan, prepare, store
from harness.errors import DataError, HarnessError, StorageError, UnavailableError, UsageError
from harness.group import Setting
from harness.plan import Ready
from harness.suite import instead

if TYPE_CHECKING:
    from pathlib import Path

    from harness.catalog import Catalogs
    from harness.progress import Progress
    from harness.suite import ModelSpec, Suite
    from harness.types import Artefact, Group, Job, Record


def run(  # noqa: PLR0913 - what a run is made of
    suite: Suite,
    runs: Path,
    catalogs: Catalogs,
    progress: Progress,
    *,
    fresh: bool = False,
    part: bool = False,
) -> list[Record]:
    """Measure what has not been measured yet and return the suite's records.

    Every record is on disk before the next job begins. `fresh` starts a new run_id; otherwise the
    newest run of this suite on this machine is continued, and of its groups only those are
    measured that have not finished or have changed. `part` says that the suite was narrowed: what
    else was measured in this run stays in its report.
    """
    check(suite, catalogs)
    engines = {each.distribution for each in catalogs.backends} - {""}
    facts = dict(environment.fingerprint(sorted(engines)))
    for found in catalogs.hook.harness_environment():
        facts |= found
    folder = runs / suite.name / facts["machine"]
    with cache.alone("measuring"):
        store.mend(folder)
        path = folder / store.RECORDS
        known = store.read(path) if path.exists() else []
        setting = Setting(
            folder=folder,
            run_id=(None if fresh else store.last_run_id(known)) or new_run_id(),
            suite=suite,
            threads=suite.threads or environment.cores(),
            files=tuple(str(path) for path in catalogs.files),
            environment=facts,
            oracle_version=_oracle_version(suite, catalogs),
            heard=progress.heard,
        )
        ready = [_ready(spec, suite, catalogs, progress) for spec in suite.models]
        groups = plan.make(suite, ready, catalogs)
        catalogs.hook.harness_plan(plan=groups)
        keys = [job.key for group in groups for job in group.jobs]
        store.write_plan(folder, setting.run_id, keys, keep=part)
        records = [record for record in known if record.run_id == setting.run_id]
        records += measure(groups, records, setting, catalogs, progress)
    return [record for record in records if record.job.key in keys]


def measure(
    groups: list[Group],
    known: list[Record],
    setting: Setting,
    catalogs: Catalogs,
    progress: Progress,
) -> list[Record]:
    """Measure what remains of the groups and return its records, each stored at once."""
    executor = catalogs.executors[setting.suite.executor]
    waiting = [left for group in groups if (left := remaining(group, known))]
    progress.start(len(groups), len(groups) - len(waiting))
    records: list[Record] = []
    for group in waiting:
        for record in executor.run(weighed(group, [*known, *records]), setting):
            store.append(setting.folder, record)
            records.append(record)
            catalogs.hook.harness_record(record=record)
            progress.recorded(record)
        progress.finished()
    return records


def check(suite: Suite, catalogs: Catalogs) -> None:
    """Raise `UsageError` for a name in a suite that nobody offers, or an oracle that is none."""
    for backend in suite.backends:
        catalogs.backends[backend.name]
    for model in suite.models:
        catalogs.model_sources[model.name.partition(":")[0]]
        for data in (suite.data, model.data):
            if data is not None:
                catalogs.datasets[data.name]
    for metric in suite.accuracy.metrics:
        catalogs.metrics[metric]
    catalogs.scenarios[suite.speed.scenario]
    catalogs.executors[suite.executor]
    oracle = catalogs.backends.available(suite.oracle)
    if "fp64" not in oracle.precisions or "structure" not in oracle.formats:
        message = f"backend {oracle.name!r} is no oracle: it does not run structure graphs in fp64"
        raise UsageError(message)


def remaining(group: Group, records: list[Record]) -> Group | None:
    """Return what is still to be done of a group; None when it is finished.

    The contenders of a speed group are comparable only within one execution, so that group is
    measured again as a whole when it was interrupted or has changed; its old records stay,
    superseded. What the plan skipped is done once the plan no longer skips it.
    """
    newest = {record.job.key: record for record in records}
    unsettled = tuple(job for job in group.jobs if not _settled(job, newest.get(job.key)))
    if group.kind != "speed":
        return replace(group, jobs=unsettled) if unsettled else None
    together = {
        newest[job.key].group_run_id for job in group.jobs if job.key in newest and not job.skip
    }
    return group if unsettled or len(together) > 1 else None


def weighed(group: Group, records: list[Record]) -> Group:
    """Return a group that knows what memory its contenders were found to need."""
    found = {
        (record.job.case, decode.canonical(record.job.contender)): _footprint(record)
        for record in records
        if record.job.kind == "memory" and record.status in {"ok", "oom"}
    }
    asked = {job.key: (job.case, decode.canonical(job.contender)) for job in group.jobs}
    return replace(
        group, footprints={key: found[each] for key, each in asked.items() if each in found}
    )


def _footprint(record: Record) -> tuple[int, int] | None:
    if record.status == "oom":
        return None
    held = {each.name: int(each.value or 0) for each in record.measurements}
    on_device = max(held.get("device_memory", 0), held.get("device_reserved", 0))
    return held["memory_peak"], on_device


def new_run_id() -> str:
    """Return a run_id; later ones sort after earlier ones."""
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"


def _settled(job: Job, record: Record | None) -> bool:
    if record is None:
        return False
    if job.skip:
        return record.status == "skipped" and record.reason == job.skip
    return not record.job.skip


def _oracle_version(suite: Suite, catalogs: Catalogs) -> str:
    engine = plan.version(suite.oracle, catalogs.backends)
    return f"{engine} {catalogs.backends.owners[suite.oracle].version}"


def _ready(spec: ModelSpec, suite: Suite, catalogs: Catalogs, progress: Progress) -> Ready:
    """Return a model with its images, or why it cannot be had; the user's mistakes are raised."""
    data = spec.data or suite.data
    ready = Ready(spec=spec)
    progress.preparing(spec.name)
    try:
        artefact, ready = _had(spec, suite, catalogs)
        if data is None:
            return replace(ready, reason="the suite names no data")
        geometry = artefact.manifest.geometry
        folder, subset = prepare.images(data, geometry, catalogs, suite.folder)
    except (UsageError, StorageError):
        raise
    except HarnessError as error:
        return replace(ready, reason=str(error))
    return replace(ready, images=folder, subset=subset)


def _had(
    spec: ModelSpec, suite: Suite, catalogs: Catalogs, not_had: tuple[str, ...] = ()
) -> tuple[Artefact, Ready]:
    """Return a model with the first of its weights that can be had here.

    Whatever else is wrong with it is raised: that is no reason to take others.
    """
    try:
        artefact = prepare.model(spec, suite.folder, catalogs, oracle=suite.oracle)
    except (UnavailableError, DataError) as error:
        if (other := instead(spec)) is None:
            raise
        return _had(other, suite, catalogs, (*not_had, str(error)))
    return artefact, Ready(spec=spec, artefact=artefact, not_had="; ".join(not_had))
