"""The oracle's answers and how far from them a backend may be.

The oracle is a backend that runs the structure graph in float64. Its outputs are cached, and
every other backend's outputs for the same images are held against them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness import cache, environment, process, protocol, stats
from harness.types import Measurement

if TYPE_CHECKING:
    from pathlib import Path

    from harness.session import Outputs
    from harness.types import Artefact, Manifest

TOLERANCE = {"fp64": 1e-9, "fp32": 1e-4, "tf32": 5e-3, "bf16": 1e-1, "fp16": 2e-2, "int8": 5e-1}
"""Largest max|difference| / max|reference| that counts as right, by precision."""

ARITHMETIC = ("numpy", "scipy", "onnx")
"""Packages that the oracle's backend may compute with, beside its own."""
FEW = 32
CHEAP_MACS = 10_000_000_000
"""All images are compared where the oracle's arithmetic for them stays below this."""
BATCH_SIZE = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How a backend's outputs compare with the oracle's."""

    measurements: tuple[Measurement, ...]
    right: bool
    reason: str


def rows(count: int, macs: int | None) -> list[int]:
    """Return which images are compared: all where that is cheap, else a fixed, seeded 32."""
    if count <= FEW or (macs is not None and macs * count <= CHEAP_MACS):
        return list(range(count))
    return sorted(np.random.default_rng(0).choice(count, FEW, replace=False).tolist())


def outputs(  # noqa: PLR0913 - each names one thing that the answer depends on
    artefact: Artefact,
    images: Path,
    chosen: list[int],
    *,
    backend: str,
    version: str,
    files: list[str],
    threads: int,
    timeout: float,
) -> Outputs:
    """Return the oracle's float64 outputs for the chosen rows; `ChildError` when it fails."""
    form = artefact.manifest.forms["structure"]
    code = [environment.harness_version(), environment.versions(ARITHMETIC)]
    key = cache.digest(
        [code, artefact.manifest.id, form.sha256, images.name, chosen, backend, version]
    )

    def fill(folder: Path) -> None:
        with process.start("harness.worker", folder / "oracle.log", threads) as child:
            opening = protocol.Open(
                files=files,
                backend=backend,
                folder=str(artefact.folder),
                options={"format": "structure", "precision": "fp64", "threads": threads},
                images=str(images),
            )
            child.ask(opening, protocol.Opened, timeout)
            question = protocol.Answer(
                rows=chosen, batch_size=BATCH_SIZE, out=str(folder / "outputs.npy")
            )
            child.ask(question, protocol.Done, timeout)

    folder = cache.folder("oracle", key, fill)
    answer: Outputs = np.load(folder / "outputs.npy", allow_pickle=False)
    return answer


def tolerance(precision: str, manifest: Manifest) -> float:
    """Return how far a backend may be from the oracle.

    Folding batch norm into float32 weights moves the graph that engines run away from the one that
    the oracle runs; what was seen of that when they were made is allowed for, tenfold.
    """
    folding = manifest.agreement.get("structure ~ onnx", 0.0)
    return max(TOLERANCE[precision], 10 * folding)


def judge(ours: Outputs, reference: Outputs, *, allowed: float) -> Verdict:
    """Hold outputs (N x classes ...) against the oracle's for the same images.

    An image of which each pixel has a class agrees where all of them have the oracle's.
    """
    count = len(reference)
    if not np.isfinite(reference).all():
        why = "an output of the oracle itself is not finite"
        nothing = Measurement(name="difference", unit="relative", reason=why, n=count)
        return Verdict(measurements=(nothing,), right=True, reason="")
    difference = relative_difference(ours, reference)
    if not np.isfinite(difference):
        why = "an output is not finite"
        infinite = Measurement(name="difference", unit="relative", reason=why, n=count)
        return Verdict(measurements=(infinite,), right=False, reason=why)
    alike = ours.argmax(axis=1) == reference.argmax(axis=1)
    agreed = int(alike.reshape(count, -1).all(axis=1).sum())
    low, high = stats.wilson(agreed, count)
    right = difference <= allowed
    return Verdict(
        measurements=(
            Measurement(name="difference", unit="relative", value=difference, n=count),
            Measurement(
                name="agreement",
                unit="%",
                value=100 * agreed / count,
                low=100 * low,
                high=100 * high,
                k=agreed,
                n=count,
            ),
        ),
        right=right,
        reason="" if right else f"differs from the oracle by {difference:.2g}, over {allowed:.2g}",
    )


def relative_difference(ours: Outputs, reference: Outputs) -> float:
    """Return max|ours - reference| / max|reference|; infinite when an output is not finite."""
    if not np.isfinite(ours).all():
        return float("inf")
    scale = float(np.abs(reference).max()) or 1.0
    return float(np.abs(ours.astype(np.float64) - reference).max()) / scale
