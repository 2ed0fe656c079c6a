"""The nouns: what is prepared, what is run, what is recorded.

All are frozen. Those that stand on disk or cross a pipe hold only what JSON holds; arrays and
callables appear only in the types that live inside one process.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path  # noqa: TC003 - msgspec reads the annotations
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Kind: TypeAlias = Literal["static", "accuracy", "speed", "memory"]
Status: TypeAlias = Literal["ok", "skipped", "failed", "timeout", "oom", "killed", "wrong"]
Label: TypeAlias = Literal["stable", "unstable", "unusable"]
Json: TypeAlias = Any
"""A value that JSON can hold."""


# --- what is prepared -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Geometry:
    """How an image becomes uint8 pixels (N x H x W x C); it belongs to the weights.

    Bit-identical to timm's evaluation transform. The image is resized so that a crop of
    `input_size - 2 * pad` fits (`resize_size` outright, or that crop's size divided by
    `crop_pct`), cropped, then padded with zeros by `pad` on each side.
    """

    input_size: tuple[int, int]
    """Height and width in pixels of what the model is given."""
    mode: Literal["RGB", "L"] = "RGB"
    resize_size: int | tuple[int, int] | None = None
    """Shorter side, or (height, width), to resize to; excludes `crop_pct`."""
    crop_pct: float | None = None
    """Share of the resized image that the crop keeps; 1.0 cuts nothing off."""
    interpolation: Literal["nearest", "bilinear", "bicubic", "lanczos"] = "bilinear"
    crop_mode: Literal["center", "squash", "border"] = "center"
    fill: int | tuple[int, int, int] = 0
    """Colour where the crop reaches beyond the image."""
    pad: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoding:
    """How pixels become the input: float32 (x / scale - mean) / std, in the model's channels."""

    mean: tuple[float, ...]
    std: tuple[float, ...]
    scale: float = 255.0
    channel_order: Literal["rgb", "bgr"] = "rgb"
    layout: Literal["NCHW", "NHWC"] = "NCHW"
    dtype: Literal["float32", "uint8"] = "float32"


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """An accuracy in percent that somebody else measured, with its source; never shown as ours."""

    top1: float
    source: str
    top5: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """Parameter counts. Stored = learnable + batch-norm running statistics."""

    stored: int
    learnable: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRequest:
    """A model as asked for: the name without its scheme, the weights, what the user states."""

    name: str
    weights: str
    """`pretrained`, `random`, or the absolute path of a file that exists."""
    seed: int  # of random weights
    folder: Path
    """What relative paths start from."""
    geometry: Geometry | None = None
    encoding: Encoding | None = None
    label_space: str | None = None
    activation: Literal["logits", "softmax"] | None = None
    output: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A form that a model can have; conversion is a walk between nodes."""

    format: str
    precision: str = "fp32"
    batching: Literal["dynamic", "static"] = "dynamic"


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A model in one format: its file within the artefact's folder, and what that format needs."""

    node: Node
    file: str
    sha256: str
    size: int
    details: dict[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What `prepare` writes beside a model: all that later steps may know of it."""

    schema: int
    model: str  # the name as asked for, `scheme:name`
    weights: str
    """`pretrained`, `random` (with its seed) or the file they came from."""
    id: str
    """Hash of everything in here that can change a measured number."""
    geometry: Geometry
    encoding: Encoding
    activation: Literal["logits", "softmax"]
    label_space: str
    num_classes: int
    forms: dict[str, Form]  # by format
    parameters: Parameters
    macs: int | None
    """Multiply-accumulates of convolution and linear layers for one image."""
    depth: dict[str, int]
    """By definition: `weighted`, `topological`, `nodes`."""
    agreement: dict[str, float]
    """Relative difference in outputs between the forms, as checked when they were made."""
    output: str | None = None
    output_size: tuple[int, ...] = ()
    """Height and width of the map that is answered for each class; () where it is one score."""
    published: Published | None = None
    channels: dict[str, int] = field(default_factory=dict)  # see `harness.graph.Structure`
    versions: dict[str, str] = field(default_factory=dict)

    @property
    def answer(self) -> tuple[int, ...]:
        """Return the shape of the answer to one image: classes, or classes x height x width."""
        return self.num_classes, *self.output_size


@dataclass(frozen=True, slots=True, kw_only=True)
class Artefact:
    """A prepared model: a folder and its manifest."""

    folder: Path
    manifest: Manifest

    def path(self, format: str) -> Path:  # noqa: A002 - the field's own word
        """Return the file that holds the model in `format`."""
        return self.folder / self.manifest.forms[format].file


# --- what is run ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Actual:
    """What a backend really uses; checked from outside as far as the machine allows."""

    device: str
    provider: str
    precision: str
    threads: int
    versions: dict[str, str] = field(default_factory=dict)
    fallback: dict[str, int] = field(default_factory=dict)
    """How many nodes of each operator another engine computes, where the backend's own does not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One example: an image file or its uint8 pixels (H x W or H x W x 3), and what it shows."""

    id: str
    image: Path | NDArray[np.uint8]
    target: int | NDArray[np.integer]
    """The image's class, or that of each pixel (H x W; -1 where it is not known)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subset:
    """The examples that a run is about; `sha256` covers ids, targets and the data's identity."""

    dataset: str
    split: str
    label_space: str
    count: int
    total: int
    seed: int
    sha256: str
    classes: int = 0  # how many the data set tells apart; 0 where that is not known


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What stays fixed in a comparison."""

    model: str
    weights: str
    artefact: str
    """The manifest's id; empty when the model could not be prepared."""
    subset: Subset | None
    device: str
    precision: str
    scenario: str = ""
    batch_size: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """What is compared: a backend, its version and its options."""

    backend: str
    version: str
    label: str = ""  # what the suite calls it instead
    format: str = ""
    settings: dict[str, Json] = field(default_factory=dict)
    role: Literal["contender", "control"] = "contender"

    @property
    def name(self) -> str:
        """Return what it is called: its label, or its backend's name."""
        return self.label or self.backend


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One thing to find out. `key` hashes all that can change its answer."""

    kind: Kind
    key: str
    case: Case
    contender: Contender
    skip: str = ""  # why it cannot be done here


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The contenders of one case: the unit that an executor runs on one machine."""

    kind: Kind
    case: Case
    jobs: tuple[Job, ...]
    folder: Path | None = None  # the artefact's; none when the model could not be prepared
    images: Path | None = None  # the folder of decoded images
    footprints: dict[str, tuple[int, int] | None] = field(default_factory=dict)
    """Most bytes that a job's contender held on the host and on its device; None ran out of it."""
    label: str = ""  # the suite's for the model
    not_had: str = ""  # why weights that the suite prefers were not taken


# --- what is recorded -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """One figure in its unit; without a value it says why there is none."""

    name: str
    unit: str
    value: float | None = None
    reason: str = ""
    low: float | None = None
    """The 95 % interval's lower end."""
    high: float | None = None
    k: int | None = None  # successes, of a proportion
    n: int | None = None
    """How many images, calls or rounds the figure rests on."""
    label: Label | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One finished job. A failure is a record with its status, never a missing row."""

    schema: int
    run_id: str
    group_run_id: str
    job: Job
    status: Status
    reason: str = ""
    actual: Actual | None = None
    measurements: tuple[Measurement, ...] = ()
    files: dict[str, str] = field(default_factory=dict)
    """What stands beside the records, by role: `predictions`, `samples`, `log`."""
    details: dict[str, Json] = field(default_factory=dict)
    environment: dict[str, Json] = field(default_factory=dict)
    started: str = ""
    seconds: float = 0.0
