"""The oracle's answers that the contenders of a group are held against."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness import oracle
from harness.process import ChildError
from harness.subset import Images
from harness.worker import read_artefact

if TYPE_CHECKING:
    from harness.group.setting import Setting
    from harness.session import Outputs
    from harness.types import Group


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reference:
    """What is right for some of a group's images."""

    rows: list[int]
    """The images on which outputs are compared."""
    outputs: Outputs | ChildError
    """The oracle's for them, or why there are none."""
    allowed: float
    """The largest relative difference that counts as right."""

    def judge(self, ours: Outputs, positions: list[int] | None = None) -> oracle.Verdict | None:
        """Hold outputs for `rows`, or for those at `positions`; None without an oracle."""
        if isinstance(self.outputs, ChildError):
            return None
        right = self.outputs if positions is None else self.outputs[positions]
        return oracle.judge(ours, right, allowed=self.allowed)


def reference(group: Group, setting: Setting) -> Reference:
    """Return the oracle's answers for a group, from the cache when they are there."""
    if group.folder is None or group.images is None or group.case.subset is None:
        message = "the model or its images were not prepared"
        return Reference(rows=[], outputs=ChildError(message), allowed=0.0)
    artefact = read_artefact(group.folder)
    images = Images.read(group.images)
    rows = [
        row
        for row in oracle.rows(group.case.subset.count, artefact.manifest.macs)
        if images.ids[row] not in images.unreadable
    ]
    setting.heard(f"{group.case.model} · oracle · {len(rows)} images in float64")
    outputs: Outputs | ChildError
    try:
        outputs = oracle.outputs(
            artefact,
            group.images,
            rows,
            backend=setting.suite.oracle,
            version=setting.oracle_version,
            files=list(setting.files),
            threads=setting.threads,
            timeout=setting.suite.timeout_seconds,
        )
    except ChildError as error:
        outputs = error
    allowed = oracle.tolerance(group.case.precision, artefact.manifest)
    return Reference(rows=rows, outputs=outputs, allowed=allowed)
