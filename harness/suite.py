"""A suite: what to measure, read from TOML."""

from __future__ import annotations

import itertools
import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from harness import decode, options, shorthand
from harness.catalog import missing
from harness.errors import UsageError
from harness.types import (  # msgspec reads the annotations
    Encoding,
    Geometry,
    Json,
    Kind,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.catalog import Catalog
    from harness.offers import Backend, SuiteFile


LONGEST = 1e6
"""Seconds; what is longer, infinite or no number is a mistake."""
LARGEST = 100_000
MOST_THREADS = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSpec:
    """Which images: a data set by name, a split, and how many of them."""

    name: str
    split: str | None = None
    """By default `test`, or the first that the data set has."""
    limit: int | None = None
    seed: int = 0
    path: str | None = None
    """A folder of the user's that holds the data set already; in a name, `NAME:PATH`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSpec:
    """Which model, with which weights; the rest is for a file that does not say it itself."""

    name: str
    label: str = ""
    """What the table calls it."""
    weights: str = "pretrained"
    """`pretrained`, `random`, or a file."""
    otherwise: tuple[str, ...] = ()
    """Weights to take, in this order, where those before cannot be had; in a suite's file
    `weights` is a list."""
    seed: int = 0
    data: DataSpec | None = None
    """This model's own images, instead of the suite's."""
    geometry: Geometry | None = None
    encoding: Encoding | None = None
    label_space: str | None = None
    activation: Literal["logits", "softmax"] | None = None
    output: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BackendSpec:
    """Which backend, with which options of its own."""

    name: str
    label: str = ""
    """What the table calls it; for a backend that is named twice, with different settings."""
    settings: dict[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Accuracy:
    """How accuracy is measured."""

    metrics: tuple[str, ...] = ("top1", "top5")
    batch_size: int = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """How speed is measured: rounds in which every contender has one turn."""

    scenario: str = "offline"
    batch_sizes: tuple[int, ...] = (1, 8, 64)
    rounds: int = 12
    processes: int = 6
    """Over how many processes of each contender the rounds are spread, at most one a round."""
    round_seconds: float = 0.25
    """A turn lasts at least so long ..."""
    round_calls: int = 5
    """... and at least so many calls."""
    warmup_seconds: float = 5.0
    precision_target: float | None = None
    """Rounds go on until half of every latency's interval is within this share of it."""
    time_limit_seconds: float | None = None
    """When no further round of a group begins, whatever is not met yet; none by default."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """Models x backends x devices x precisions x batch sizes, on a data set."""

    name: str
    models: tuple[ModelSpec, ...]
    backends: tuple[BackendSpec, ...]
    data: DataSpec | None = None
    summary: str = ""
    devices: tuple[str, ...] = ("cpu",)
    precisions: tuple[str, ...] = ("fp32",)
    kinds: tuple[Kind, ...] = get_args(Kind)
    """What to find out; all of it by default."""
    accuracy: Accuracy = Accuracy()
    speed: Speed = Speed()
    oracle: str = "numpy"
    """The backend whose float64 answer on the structure graph is taken as right."""
    executor: str = "local"
    threads: int | None = None
    """For every backend; by default the cores that this process may use."""
    timeout_seconds: float = 600.0
    """How long one step of one contender may take before it is given up."""
    plugins: tuple[str, ...] = ()
    """Plugin files, relative to the suite's folder."""
    folder: Path = Path()
    """What relative paths start from; the folder of the suite's file."""


def read(path: Path, settings: Sequence[str] = ()) -> Suite:
    """Read a suite, with every `key=value` of `settings` in it.

    Anything unknown, missing or of the wrong type raises `UsageError`.
    """
    data = options.overridden(decode.toml_data(path), settings)
    where = f"{path} with --set" if settings else str(path)
    return parse(data, where, path.resolve().parent)


def parse(data: Mapping[str, Any], where: str, folder: Path) -> Suite:
    """Validate a suite's plain data; a model, backend or data set may be just its name."""
    if "folder" in data:
        message = f"{where}: unknown key 'folder'"
        raise UsageError(message)
    spread = shorthand.written_out(data, where)
    suite = decode.convert(spread | {"folder": str(folder)}, Suite, where)
    _check(suite, where)
    return suite


def available(suite: Suite, backends: Catalog[Backend]) -> Suite:
    """Return a suite with `*` among its backends replaced by all others that are available."""
    named = {each.name for each in suite.backends}
    others = [each.name for each in backends if each.name not in named and not missing(each)]
    spread = [
        spec
        for each in suite.backends
        for spec in ([replace(each, name=name) for name in others] if each.name == "*" else [each])
    ]
    return replace(suite, backends=tuple(spread))


def instead(spec: ModelSpec) -> ModelSpec | None:
    """Return a model with the weights to take where those of `spec` cannot be had, if any."""
    if not spec.otherwise:
        return None
    weights, *otherwise = spec.otherwise
    return replace(spec, weights=weights, otherwise=tuple(otherwise))


def find(name: str, shipped: Catalog[SuiteFile]) -> Path:
    """Return the file of a suite given by its path or by the name of one that a plugin ships."""
    path = Path(name)
    if path.suffix == ".toml" or os.path.isfile(name):  # noqa: PTH113 - Path's raises on long names
        return path
    return shipped[name].path


def _both(one: ModelSpec, other: ModelSpec) -> str:
    """Return weights with which two models of a suite would be one and the same, or ""."""
    bare, theirs = (replace(each, label="", weights="", otherwise=()) for each in (one, other))
    if bare != theirs:
        return ""
    known = {other.weights, *other.otherwise}
    return next((each for each in (one.weights, *one.otherwise) if each in known), "")


def _check(suite: Suite, where: str) -> None:
    speed = suite.speed
    labels = [each.label for each in suite.backends]
    names = {each.name for each in suite.backends}
    wrong = [
        (not suite.models, "'models' is empty; name at least one"),
        (not suite.backends, "'backends' is empty; name at least one"),
        (not suite.devices, '\'devices\' is empty; say ["cpu"] or ["cuda"]'),
        (not suite.kinds, f"'kinds' is empty; name some of {', '.join(get_args(Kind))}"),
        (not suite.precisions, "'precisions' is empty; say [\"fp32\"]"),
        (not speed.batch_sizes, "'speed.batch_sizes' is empty; say [1]"),
        (min((*speed.batch_sizes, 1)) < 1, "'speed.batch_sizes' must be 1 or more"),
        (suite.accuracy.batch_size < 1, "'accuracy.batch_size' must be 1 or more"),
        (speed.rounds < 1, "'speed.rounds' must be 1 or more"),
        (speed.processes < 1, "'speed.processes' must be 1 or more"),
        (speed.round_calls < 1, "'speed.round_calls' must be 1 or more"),
        (
            suite.threads is not None and not 1 <= suite.threads <= MOST_THREADS,
            f"'threads' must be from 1 to {MOST_THREADS:,}",
        ),
        (not 0 < suite.timeout_seconds < LONGEST, "'timeout_seconds' must be more than 0"),
        (not 0 <= speed.round_seconds < LONGEST, "'speed.round_seconds' must be 0 or more"),
        (not 0 <= speed.warmup_seconds < LONGEST, "'speed.warmup_seconds' must be 0 or more"),
        (
            speed.precision_target is not None and not 0 < speed.precision_target <= 1,
            "'speed.precision_target' is a share: 0.02",
        ),
        (
            speed.time_limit_seconds is not None and not 0 < speed.time_limit_seconds < LONGEST,
            "'speed.time_limit_seconds' must be more than 0",
        ),
        (
            speed.precision_target is not None and speed.time_limit_seconds is None,
            "'speed.precision_target' needs 'speed.time_limit_seconds': noise may never let it end",
        ),
        (max((*speed.batch_sizes, suite.accuracy.batch_size)) > LARGEST, "a batch size is absurd"),
        *(
            (spec.data is None and suite.data is None, f"model {spec.name!r} has no data; add data")
            for spec in suite.models
        ),
        *(
            (spec.limit is not None and spec.limit < 1, "'data.limit' must be 1 or more")
            for spec in (suite.data, *(each.data for each in suite.models))
            if spec is not None
        ),
        *(
            (not 0 <= spec.seed < 2**63, "'seed' must be 0 or more, and less than 2**63")
            for spec in (suite.data, *(each.data for each in suite.models), *suite.models)
            if spec is not None
        ),
        *(
            (len(set(map(repr, each))) < len(each), f"{name!r} holds one thing twice")
            for name, each in (
                ("models", suite.models),
                ("backends", suite.backends),
                ("devices", suite.devices),
                ("precisions", suite.precisions),
                ("speed.batch_sizes", suite.speed.batch_sizes),
                ("accuracy.metrics", suite.accuracy.metrics),
            )
        ),
        *(
            (
                bool(each.label) and [*labels, *names].count(each.label) > 1,
                f"backend label {each.label!r} is the name of another",
            )
            for each in suite.backends
        ),
        *(
            (
                bool(spec.label) and [each.label for each in suite.models].count(spec.label) > 1,
                f"two models have the label {spec.label!r}",
            )
            for spec in suite.models
        ),
        *(
            (
                bool(weights := _both(one, other)),
                f"two entries of {one.name!r} may both take weights = {weights!r}; keep one",
            )
            for one, other in itertools.combinations(suite.models, 2)
        ),
        *((":" not in spec.name, f"model {spec.name!r}: say scheme:name") for spec in suite.models),
        (not suite.name.replace("-", "").replace("_", "").isalnum(), "'name' must be one word"),
    ]
    for is_wrong, what in wrong:
        if is_wrong:
            message = f"{where}: {what}"
            raise UsageError(message)
