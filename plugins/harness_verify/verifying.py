"""A verification: piece by piece, to a verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness_verify.pieces import pieces
from harness_verify.verdict import Verdict, verdict

if TYPE_CHECKING:
    from harness.testing import Check
    from harness_verify.progress import Progress
    from harness_verify.wish import Wish


def verify(wish: Wish, progress: Progress) -> Verdict:
    """Do all the work that a wish asks for, and return what it amounts to."""
    checks: list[Check] = []
    work = list(pieces(wish))
    progress.start(len(work), sum(piece.size for piece in work))
    for piece in work:
        progress.heard(piece.about)
        before = len(checks)
        for check in piece.checks():
            progress.checked(check)
            checks.append(check)
        progress.finished(max(0, before + piece.size - len(checks)))
    return verdict(wish, checks)
