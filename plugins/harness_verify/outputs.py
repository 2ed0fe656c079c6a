"""A backend's outputs for a network's images, from a measuring child."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness import cache, decode, environment, plan, process, protocol
from harness.process import ChildError
from harness.session import LoadOptions, fitting
from harness_verify.network import version

if TYPE_CHECKING:
    from pathlib import Path

    from harness.offers import Backend
    from harness.session import Outputs
    from harness.types import Actual
    from harness_verify.network import Network
    from harness_verify.wish import Wish

BATCH_SIZE = 4
OUTPUTS = "outputs.npy"
MISSHAPEN = "the backend answered "
"""How the measuring child begins when an answer has the wrong shape."""


def own(network: Network, wish: Wish) -> Outputs:
    """Return the outputs of the backend that is asked about, always anew.

    Raises `ChildError` when it refuses, dies or takes too long.
    """
    return _answer(wish.backend, network, wish, wish.scratch)


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
        if not fitting(backend, network.artefact.manifest.forms):
            continue
        try:
            found[backend.name] = _other(backend, network, wish)
        except ChildError as error:  # its own verification says why
            if error.status == "timeout":
                lost.add(backend.name)
    return found


def _other(backend: Backend, network: Network, wish: Wish) -> Outputs:
    if wish.catalogs.backends.owners[backend.name].origin in wish.files:
        return _answer(backend, network, wish, wish.scratch)  # no key holds all that a file imports
    manifest = network.artefact.manifest
    key = cache.digest(
        [
            environment.harness_version(),
            backend.name,
            version(backend.name, wish),
            manifest.id,
            manifest.forms[fitting(backend, manifest.forms)].sha256,
            network.images.name,
            network.rows,
            wish.device,
            wish.precision,
            wish.threads,
        ]
    )

    def fill(folder: Path) -> None:
        _answer(backend, network, wish, folder)

    folder = cache.folder("verify", key, fill)
    answer: Outputs = np.load(folder / OUTPUTS, allow_pickle=False)
    return answer


def _answer(backend: Backend, network: Network, wish: Wish, folder: Path) -> Outputs:
    """Return a backend's outputs, which are left in a folder with its log."""
    options = LoadOptions(
        format=fitting(backend, network.artefact.manifest.forms),
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
    out = folder / OUTPUTS
    question = protocol.Answer(rows=network.rows, batch_size=BATCH_SIZE, out=str(out))
    with process.start("harness.worker", folder / "log", wish.threads) as child:
        try:
            opened = child.ask(opening, protocol.Opened, wish.timeout)
            _check(opened.actual, options)
            child.ask(question, protocol.Done, wish.timeout)
        except ChildError as error:
            if error.reason.startswith(MISSHAPEN):  # which is no refusal
                raise ChildError(error.reason, "wrong") from error
            raise
    answer: Outputs = np.load(out, allow_pickle=False)
    return answer


def _check(actual: Actual, asked: LoadOptions) -> None:
    """Refuse answers from another device or in another precision than was asked for."""
    if (actual.device, actual.precision) != (asked.device, asked.precision):
        message = (
            f"asked for {asked.device} and {asked.precision}, "
            f"got {actual.device} and {actual.precision}"
        )
        raise ChildError(message, "wrong")
