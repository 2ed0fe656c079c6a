"""At which operator a network's wrong answer begins."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from harness.process import ChildError
from harness.testing.divergence import Divergence
from harness_verify import isolated, questions
from harness_verify.wish import ORACLE

if TYPE_CHECKING:
    from harness.session import Outputs
    from harness.testing import Check
    from harness_verify.network import Network
    from harness_verify.wish import Wish

IMAGES = 4
"""On so many images at the most, those that are furthest off."""


def located(check: Check, ours: Outputs, network: Network, wish: Wish) -> Check:
    """Return a check of a network, with the operator at which it fails if it does."""
    if check.grade != "fail" or not wish.takes_onnx:
        return check
    question = questions.Locate(
        files=wish.files,
        backend=wish.backend.name,
        device=wish.device,
        precision=wish.precision,
        threads=wish.threads,
        scratch=str(wish.scratch),
        oracle=ORACLE,
        folder=str(network.artefact.folder),
        images=str(network.images),
        rows=[network.rows[each] for each in _furthest(ours, network.truth)],
        allowed=network.allowed,
    )
    try:
        found = next(isolated.ask(question, Divergence, wish), None)
    except ChildError as error:
        return replace(check, located=f"not found: {error.reason}")
    return replace(check, located=str(found) if found else "at no operator")


def _furthest(ours: Outputs, truth: Outputs) -> list[int]:
    """Return the positions of the images whose outputs are furthest off, in their order."""
    off = np.nan_to_num(np.abs(ours - truth).reshape(len(truth), -1).max(axis=1), nan=np.inf)
    return sorted(np.argsort(-off, kind="stable")[:IMAGES].tolist())
