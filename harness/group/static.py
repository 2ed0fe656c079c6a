"""What is known of a model without running it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness import decode
from harness.types import Measurement
from harness.worker import read_artefact

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.group.setting import Setting
    from harness.types import Group, Job, Json, Manifest, Record

FLOAT_BYTES = 4
TOLD = (
    "weights",
    "published",
    "geometry",
    "encoding",
    "label_space",
    "num_classes",
    "activation",
    "agreement",
    "versions",
)
"""What a record keeps of the manifest besides figures ..."""
SAID = ("label", "not_had")
"""... and of what the suite says of the model."""


def run_static(group: Group, jobs: tuple[Job, ...], setting: Setting) -> Iterator[Record]:
    """Yield the model's record, read from its manifest."""
    began = setting.begin()
    for job in jobs:
        if group.folder is not None:
            manifest = read_artefact(group.folder).manifest
            yield setting.record(
                job,
                began,
                status="ok",
                measurements=tuple(figures(manifest)),
                details={name: decode.plain(getattr(manifest, name)) for name in TOLD}
                | said(group),
            )


def said(group: Group) -> dict[str, Json]:
    """Return what the suite says of a group's model."""
    return {name: told for name in SAID if (told := getattr(group, name))}


def figures(manifest: Manifest) -> Iterator[Measurement]:
    """Yield a model's static figures."""
    counts = manifest.parameters
    yield Measurement(name="parameters_stored", unit="count", value=counts.stored)
    yield Measurement(
        name="parameters_learnable", unit="count", value=counts.learnable, reason=counts.note
    )
    yield Measurement(name="size", unit="bytes", value=counts.stored * FLOAT_BYTES)
    yield Measurement(
        name="macs",
        unit="count",
        value=manifest.macs,
        reason="" if manifest.macs is not None else "the graph's shapes are not known",
    )
    for definition, depth in manifest.depth.items():
        yield Measurement(name=f"depth_{definition}", unit="layers", value=depth)
    for trait, channels in manifest.channels.items():
        yield Measurement(name=f"channels_{trait}", unit="count", value=channels)
