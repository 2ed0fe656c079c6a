"""The measuring child: one backend, one model, commands over a pipe.

Run as `python -m harness.worker`.
"""

from __future__ import annotations

import itertools
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import psutil

from harness import decode, environment, feed, measure, protocol, scoring, stats
from harness.discovery import discover
from harness.errors import HarnessError, ModelError, UnavailableError
from harness.offers import Bounds
from harness.session import LoadOptions, unfit
from harness.subset import Images
from harness.types import Artefact, Manifest, Measurement

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.catalog import Catalogs
    from harness.offers import Backend, Scenario
    from harness.session import Batch, Loaded


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A loaded model with all that is needed to put questions to it."""

    catalogs: Catalogs
    backend: Backend
    artefact: Artefact
    loaded: Loaded
    images: Images | None
    only_batch: int | None
    """The one batch size that the model or the backend takes; none when any will do."""


@dataclass(slots=True)
class Timing:
    """A warmed-up request and the turns that it has had."""

    scenario: Scenario
    request: Callable[[], object]
    compute: list[int]
    """Fills with the nanoseconds that a staged session spends computing."""
    turns: list[measure.Samples] = field(default_factory=list)


@dataclass(slots=True)
class Worker:
    """What the child remembers from one command to the next."""

    opened: Opened | None = None
    timing: Timing | None = None

    def __call__(self, command: protocol.Command) -> protocol.Reply:  # noqa: PLR0911 - one a command
        """Carry out one command."""
        match command:
            case protocol.Open():
                return self.open(command)
            case protocol.Answer():
                answer(self.model(), command)
                return protocol.Done()
            case protocol.Score():
                return score(self.model(), command)
            case protocol.Warm():
                self.timing, reply = warm(self.model(), command)
                return reply
            case protocol.Turn() if self.timing is not None:
                return turn(self.timing, command)
            case protocol.Collect() if self.timing is not None:
                collect(self.timing, command)
                return protocol.Done()
            case protocol.Peak():
                return peak(self.model(), command)
        message = f"{type(command).__name__} does not fit here"
        raise HarnessError(message)

    def model(self) -> Opened:
        """Return the model that the first command opened."""
        if self.opened is None:
            message = "no model is open"
            raise HarnessError(message)
        return self.opened

    def open(self, command: protocol.Open) -> protocol.Opened:
        """Load the model, timed."""
        catalogs = discover([Path(each) for each in command.files])
        backend = catalogs.backends.available(command.backend)
        artefact = read_artefact(Path(command.folder))
        options = decode.convert(command.options, LoadOptions, "load options")
        process = psutil.Process()
        before, begin = process.memory_info().rss, measure.clock()
        loaded = load(backend, artefact, options)
        load_ns = measure.clock() - begin
        self.opened = Opened(
            catalogs=catalogs,
            backend=backend,
            artefact=artefact,
            loaded=loaded,
            images=Images.read(Path(command.images)) if command.images else None,
            only_batch=only_batch(backend, artefact, options),
        )
        return protocol.Opened(
            actual=loaded.actual,
            load_ns=load_ns,
            memory_before=before,
            memory_loaded=process.memory_info().rss,
            thread_pools=environment.thread_pools(),
        )


def read_artefact(folder: Path) -> Artefact:
    """Return the prepared model in a folder; a damaged one raises `ModelError`."""
    path = folder / "manifest.json"
    try:
        content = path.read_bytes()
    except OSError as reason:
        message = f"{path}: {reason.strerror}; remove the folder and prepare the model again"
        raise ModelError(message) from reason
    manifest = decode.json(content, Manifest, str(path), error=ModelError)
    return Artefact(folder=folder, manifest=manifest)


def load(backend: Backend, artefact: Artefact, options: LoadOptions) -> Loaded:
    """Return the model loaded; a device or precision that is not offered never reaches an engine.

    The only caller of `Backend.load` for what a backend has.
    """
    if reason := unfit(backend, options.device, options.precision):
        raise UnavailableError(reason)
    return backend.load(artefact, options)


def only_batch(backend: Backend, artefact: Artefact, options: LoadOptions) -> int | None:
    """Return the one batch size that a file or a backend is fixed to, if any."""
    fixed = artefact.manifest.forms[options.format].details.get("batch")
    if fixed is None and backend.batching == "static":
        return options.batch_size
    return None if fixed is None else int(fixed)


def answer(opened: Opened, command: protocol.Answer) -> None:
    """Save the raw outputs of some rows."""
    outputs = [part.outputs for part in parts(opened, command.rows, command.batch_size)]
    np.save(command.out, np.concatenate(outputs), allow_pickle=False)
    measure.rest()


def score(opened: Opened, command: protocol.Score) -> protocol.Scored:
    """Run every image once: metrics, predictions, and the outputs that the oracle judges."""
    images = needed(opened.images)
    targets = images.targets_in(opened.artefact.manifest.label_space)
    if targets is not None:
        images = replace(images, targets=targets)
    chosen = [opened.catalogs.metrics[name] for name in command.metrics]
    kind = "images" if images.targets.ndim == 1 else "pixels"
    result = scoring.score(
        parts(opened, range(len(images.ids)), command.batch_size),
        images,
        [metric for metric in chosen if metric.of == kind],
        command.rows,
        opened.artefact.manifest.output_size,
    )
    np.save(command.out, result.outputs, allow_pickle=False)
    scoring.write_predictions(result, Path(command.predictions))
    absent = [
        Measurement(
            name=metric.name,
            unit=metric.unit,
            reason=f"it is of {metric.of}; here {kind} have a class",
        )
        for metric in chosen
        if metric.of != kind
    ]
    return protocol.Scored(
        measurements=[*result.measurements, *absent], unreadable=dict(images.unreadable)
    )


def warm(opened: Opened, command: protocol.Warm) -> tuple[Timing, protocol.Warmed]:
    """Make the feed and warm up on it."""
    scenario = opened.catalogs.scenarios[command.scenario]
    compute: list[int] = []
    given = needed(opened.images), opened.artefact.manifest, command.batch_size
    batches = list(feed.encoded(*given))
    rotating = itertools.cycle(batches)
    next_batch = (feed.from_files(*given) if scenario.region == "end_to_end" else rotating).__next__
    request = measure.requests(opened.loaded.session, next_batch, compute)
    warmed = measure.warm_up(request, command.seconds)
    check_answer(opened, batches[0])
    measure.rest()
    timing = Timing(scenario=scenario, request=request, compute=compute)
    return timing, protocol.Warmed(
        first_ns=warmed.first_ns,
        calls=warmed.calls,
        seconds=warmed.seconds,
        settled=warmed.settled,
        batches=len(batches),
        alike=scenario.region == "with_transfers",
    )


def turn(timing: Timing, command: protocol.Turn) -> protocol.Turned:
    """Measure one turn, and come to rest before anybody else has theirs."""
    samples = measure.turn(
        timing.request,
        timing.scenario.drive,
        Bounds(seconds=command.seconds, calls=command.calls),
        timing.compute,
    )
    rested = measure.rest()
    timing.turns.append(samples)
    return protocol.Turned(
        calls=len(samples.latency),
        median_ns=stats.median(samples.latency),
        wall_ns=samples.wall_ns,
        cpu_ns=samples.cpu_ns,
        rested=rested,
    )


def collect(timing: Timing, command: protocol.Collect) -> None:
    """Save every raw sample: nanoseconds of each call, and which turn it was of."""
    counts = [len(each.latency) for each in timing.turns]
    np.savez_compressed(
        command.out,
        latency=np.concatenate([np.asarray(each.latency, np.int64) for each in timing.turns]),
        compute=np.concatenate([np.asarray(each.compute, np.int64) for each in timing.turns]),
        round=np.repeat(np.arange(len(counts)), counts),
    )


def peak(opened: Opened, command: protocol.Peak) -> protocol.Peaked:
    """Run a few batches and read how high resident memory rose."""
    batches = feed.encoded(needed(opened.images), opened.artefact.manifest, command.batch_size)
    for batch in itertools.islice(batches, command.calls):
        check_answer(opened, batch)
    account = opened.loaded.device_memory
    return protocol.Peaked(
        memory_peak=peak_memory(),
        memory_private=psutil.Process().memory_full_info().uss,
        device=dict(account()) if account else {},
    )


def parts(opened: Opened, rows: range | list[int], batch_size: int) -> scoring.Parts:
    """Return the rows' outputs, batch by batch."""
    manifest = opened.artefact.manifest
    return scoring.parts(
        opened.loaded.session,
        manifest.encoding,
        needed(opened.images),
        rows,
        scoring.Shape(
            batch_size=opened.only_batch or batch_size,
            static=opened.only_batch is not None,
            answer=manifest.answer,
        ),
    )


def check_answer(opened: Opened, batch: Batch) -> None:
    """Run one batch and refuse outputs of the wrong shape."""
    outputs = opened.loaded.session(batch)
    scoring.check_shape(outputs, len(batch), opened.artefact.manifest.answer)


def needed(images: Images | None) -> Images:
    """Return the images, which every question but loading needs."""
    if images is None:
        message = "no images were given"
        raise HarnessError(message)
    return images


def peak_memory() -> int:
    """Return the process's highest resident set in bytes."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(x for x in status.read_text().splitlines() if x.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


if __name__ == "__main__":
    protocol.serve(Worker())
