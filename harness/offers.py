"""What plugins offer: one frozen descriptor for each seam, data plus callables.

A descriptor is never inherited from; a new field with a default breaks no plugin. Engines are
imported inside the callables, so that listing an offer costs nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from harness.catalog import Catalogs
    from harness.session import Loaded, LoadOptions, Outputs
    from harness.types import (
        Artefact,
        Encoding,
        Form,
        Geometry,
        Group,
        Measurement,
        ModelRequest,
        Node,
        Published,
        Record,
        Sample,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    """A runtime that turns an artefact into a session."""

    name: str
    summary: str
    load: Callable[[Artefact, LoadOptions], Loaded]
    formats: tuple[str, ...]
    """In order of preference."""
    devices: frozenset[str] = frozenset({"cpu"})
    precisions: frozenset[str] = frozenset({"fp32"})
    batching: Literal["dynamic", "static"] = "dynamic"
    role: Literal["contender", "control"] = "contender"
    """A control shows the harness's own overhead: outside accuracy, agreement and ranking."""
    distribution: str = ""
    """The package whose version is the engine's; when empty, the plugin's own version stands."""
    requires: tuple[str, ...] = ()
    """Import names of the engine."""
    install: str = ""
    """The requirement that pip installs the engine by."""
    missing_device: Callable[[str], str] = field(default=lambda _device: "")
    """Why a device cannot be used on this machine, or "" when it can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sourced:
    """A model as its source gives it, before conversion; files lie in the artefact's folder."""

    form: Form
    weights: str
    geometry: Geometry
    encoding: Encoding
    label_space: str
    activation: Literal["logits", "softmax"] = "logits"
    output: str | None = None
    published: Published | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSource:
    """Where models come from: all names of one scheme (`scheme:name`)."""

    name: str
    """The scheme."""
    summary: str
    models: Callable[[], Iterable[str]]
    """Known names, for listing and for near misses; may be empty for an open scheme."""
    fingerprint: Callable[[ModelRequest], str]
    """What identifies the bytes that `fetch` will give, without importing an engine."""
    fetch: Callable[[ModelRequest, Path], Sourced]
    """Put the model into a folder; called in the prepare child."""
    format: str = "onnx"
    """What `fetch` gives; a plan is made before anything is fetched."""
    check: Callable[[ModelRequest], object] = field(default=lambda _request: None)
    """Raise `HarnessError` for a name that does not exist, where only an engine, which this may
    import, can tell; `harness validate` and `--dry-run` call it."""
    requires: tuple[str, ...] = ()
    install: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Converter:
    """One step from a node to another; `prepare` walks the shortest path."""

    name: str
    summary: str
    source: Node
    target: Node
    convert: Callable[[Form, Path], Form]
    """Read the source form in a folder, write the target form beside it."""
    preference: int = 0
    """Among paths of one length the highest sum wins."""
    requires: tuple[str, ...] = ()
    install: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """Labelled images."""

    name: str
    summary: str
    label_space: str
    classes: tuple[str, ...]
    splits: Mapping[str, int | None]
    """How many samples each split holds; None where only the folder tells."""
    open: Callable[[str, Path], Sequence[Sample]]
    """Return the samples of a split, read from the folder that `fetch` filled or the user gave."""
    fetch: Callable[[Path], None] | None = None
    """Download and verify everything into a folder; None where the user has to give one."""
    identity: str = ""
    """Changes whenever the bytes do: the sha256 of what is fetched. Where it is empty, the bytes
    of the chosen images stand for it."""
    label_maps: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """Other label spaces that a model may answer in: the index there of each class."""
    within: Callable[[Path], Dataset] | None = None
    """Return what lies in a folder, where only that tells the classes."""
    source: str = ""
    size: str = ""
    requires: tuple[str, ...] = ()
    install: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A figure over all images of a subset, gathered batch by batch; parts can be merged."""

    name: str
    summary: str
    unit: str
    higher_is_better: bool
    init: Callable[[], Any]
    update: Callable[[Any, Outputs, NDArray[Any], Sequence[str]], Any]
    """(state, outputs N x classes, targets N, ids) -> state.

    Where pixels have the classes, outputs are N x classes x H x W and targets N x H x W.
    """
    merge: Callable[[Any, Any], Any]
    finish: Callable[[Any, int], Measurement]
    """(state, number of unreadable images, which count as failures) -> the figure."""
    of: Literal["images", "pixels"] = "images"
    """What has a class: where it is the other, the figure is absent and says so."""
    requires: tuple[str, ...] = ()
    install: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """A turn ends when both the least time and the least count are reached."""

    seconds: float
    calls: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """How requests reach a session while it is timed (MLPerf's words)."""

    name: str
    summary: str
    batch_sizes: Callable[[Sequence[int]], Sequence[int]]
    """Which of the batch sizes that a suite asks for this scenario measures."""
    drive: Callable[[Callable[[], object], Callable[[], int], Bounds], Sequence[int]]
    """(one request, clock in ns, bounds) -> nanoseconds of each request, in order."""
    region: Literal["with_transfers", "end_to_end"] = "with_transfers"
    """What a request spans: host memory to host memory, or image file to answer."""
    requires: tuple[str, ...] = ()
    install: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFormat:
    """A way to write a run down."""

    name: str
    summary: str
    suffix: str
    render: Callable[[Any], str]
    """What it reads -> text."""
    reads: Literal["table", "results"] = "table"
    """A `harness.table.Table`, or the `harness.store.Results` that a table is made of."""
    requires: tuple[str, ...] = ()
    install: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Executor:
    """A place where groups are run, one at a time, each record handed over as it is made."""

    name: str
    summary: str
    run: Callable[[Group, Any], Iterator[Record]]
    """(group, `harness.group.Setting`) -> its records."""
    requires: tuple[str, ...] = ()
    install: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A sub-command of `harness`; its Typer app is made only when it is called."""

    name: str
    summary: str
    app: Callable[[Callable[[], Catalogs]], Any]
    """(how to get the catalogs) -> typer.Typer."""
    requires: tuple[str, ...] = ()
    install: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteFile:
    """A suite that a plugin ships."""

    name: str
    summary: str
    path: Path
    requires: tuple[str, ...] = ()
    install: str = ""


Offer = (
    Backend
    | ModelSource
    | Converter
    | Dataset
    | Metric
    | Scenario
    | ReportFormat
    | Executor
    | Command
    | SuiteFile
)
