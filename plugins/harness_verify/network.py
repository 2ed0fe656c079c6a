"""A network that is ready: prepared, its images decoded, the oracle's answers for them known."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness import oracle, plan, prepare
from harness.errors import HarnessError, StorageError
from harness.session import fitting
from harness.subset import Images
from harness_verify.wish import ORACLE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from harness.session import Outputs
    from harness.suite import ModelSpec
    from harness.types import Artefact
    from harness_verify.wish import Wish


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Network:
    """What a backend's outputs are held against."""

    artefact: Artefact
    images: Path
    """The folder of decoded images."""
    rows: list[int]
    """The images on which outputs are compared."""
    targets: NDArray[np.integer]
    """What those images show."""
    truth: Outputs
    """The oracle's outputs for them."""
    allowed: float
    """The largest relative difference that counts as right."""


def ready(spec: ModelSpec, wish: Wish) -> Network | str:
    """Return a network with the oracle's answers, or why the backend cannot be asked about it.

    Raises `ChildError` when the oracle gives no answer.
    """
    try:
        artefact = prepare.model(spec, Path(), wish.catalogs, oracle=ORACLE)
        if not fitting(wish.backend, artefact.manifest.forms):
            return plan.unreachable(wish.backend, artefact.manifest.forms)
        if spec.data is None:
            return "there are no images for it"
        folder, subset = prepare.images(spec.data, artefact.manifest.geometry, wish.catalogs)
    except StorageError:
        raise
    except HarnessError as error:
        return str(error)
    images = Images.read(folder)
    compared = oracle.rows(subset.count, artefact.manifest.macs)
    rows = [row for row in compared if images.ids[row] not in images.unreadable]
    targets = images.targets_in(artefact.manifest.label_space)
    truth = oracle.outputs(
        artefact,
        folder,
        rows,
        backend=ORACLE,
        version=version(ORACLE, wish),
        files=wish.files,
        threads=wish.threads,
        timeout=wish.timeout,
    )
    return Network(
        artefact=artefact,
        images=folder,
        rows=rows,
        targets=(images.targets if targets is None else targets)[rows],
        truth=truth,
        allowed=oracle.tolerance(wish.precision, artefact.manifest),
    )


def version(name: str, wish: Wish) -> str:
    """Return what identifies a backend's code: its engine's version and its plugin's, once."""
    backends = wish.catalogs.backends
    return " ".join(dict.fromkeys([plan.version(name, backends), backends.owners[name].version]))
