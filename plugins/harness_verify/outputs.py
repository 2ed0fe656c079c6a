"""A backend's outputs for a network's images, from a measuring child."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness import cache, decode, environment, plan, process, protocol
from harness.process import ChildError
from harness.session import LoadOptions
from harness_verify.network import fitting, version

if TYPE_CHECKING:
    from pathlib import Path

    from harness.offers import Backend
    from harness.process import Child
    from harness.session import Outputs
    from harness.types import Actual, Status
    from harness_verify.network import Network
    from harness_verify.wish import Wish

BATCH_SIZE = 4
MISSHAPEN = "the backend answered "
"""How the measuring child begins when an answer has the wrong shape."""


def own(network: Network, wish: Wish) -> Outputs:
    """Return the outputs of the backend that is asked about, always anew.

    Raises `ChildError` when it refuses, dies or takes too long.
    """
    out = wish.scratch / "outputs.npy"
    _answer(wish.backend, network, wish, wish.scratch / "own.log", out)
    answer: Outputs = np.load(out, allow_pickle=False)
    return answer


def others(network: Network, wish: Wish, lost: set[str]) -> dict[str, Outputs]:
    """Return the outputs of the other backends that are here, from the cache where they are.

    Those that hang are added to `lost`, and those in it not asked.
    """
    found = {}
    for backend in wish.catalogs.backends:
        if backend.role != "contender" or backend.name in {wish.backend.name, *lost}:
            continue
        if plan.unusable(backend, wish.device, wish.precision):
            continue
        if not fitting(backend, network.artefact):
            continue
        try:
            found[backend.name] = _cached(backend, network, wish)
        except ChildError as error:  # its own verification says why
            if error.status == "timeout":
                lost.add(backend.name)
    return found


def _cached(backend: Backend, network: Network, wish: Wish) -> Outputs:
    manifest = network.artefact.manifest
    key = cache.digest(
        [
            environment.harness_version(),
            backend.name,
            version(backend.name, wish),
            manifest.id,
            manifest.forms[fitting(backend, network.artefact)].sha256,
            network.images.name,
            network.rows,
            wish.device,
            wish.precision,
            wish.threads,
        ]
    )

    def fill(folder: Path) -> None:
        _answer(backend, network, wish, folder / "log", folder / "outputs.npy")

    folder = cache.folder("verify", key, fill)
    answer: Outputs = np.load(folder / "outputs.npy", allow_pickle=False)
    return answer


def _answer(backend: Backend, network: Network, wish: Wish, log: Path, out: Path) -> None:
    options = LoadOptions(
        format=fitting(backend, network.artefact),
        device=wish.device,
        precision=wish.precision,
        threads=wish.threads,
        batch_size=BATCH_SIZE,
    )
    opening = protocol.Open(
        files=wish.files,
        backend=backend.name,
        folder=str(network.artefact.folder),
        options=decode.plain(options),
        images=str(network.images),
    )
    question = protocol.Answer(rows=network.rows, batch_size=BATCH_SIZE, out=str(out))
    with process.start("harness.worker", log, wish.threads) as child:
        try:
            opened = child.ask(opening, protocol.Opened, wish.timeout)
            _check(opened.actual, options)
            child.ask(question, protocol.Done, wish.timeout)
        except ChildError as error:
            raise ChildError(error.reason, _status(error, child)) from error


def _status(error: ChildError, child: Child) -> Status:
    """Return how it ended: neither an exit nor an answer of the wrong shape is a refusal."""
    if error.status != "failed":
        return error.status
    if child.process.poll() is not None:
        return "killed"
    return "wrong" if error.reason.startswith(MISSHAPEN) else "failed"


def _check(actual: Actual, asked: LoadOptions) -> None:
    """Refuse answers from another device or in another precision than was asked for."""
    if (actual.device, actual.precision) != (asked.device, asked.precision):
        message = (
            f"asked for {asked.device} and {asked.precision}, "
            f"got {actual.device} and {actual.precision}"
        )
        raise ChildError(message, "wrong")
