"""How far apart two arrays are, image by image and over all images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


ROUNDING = 1e-6
"""Relative difference that the order of float32's roundings explains; a level of 255 is more."""


class Gap(NamedTuple):
    """The difference of one image at one stage."""

    total: float = 0.0
    """Of all absolute differences ..."""
    values: int = 0
    """... of so many values."""
    largest: float = 0.0
    scale: float = 0.0
    """The largest absolute value of the first."""
    sizes: str = ""
    """Both shapes where they differ; then nothing else is known."""

    @property
    def any(self) -> bool:
        """Whether there is one."""
        return bool(self.sizes) or self.largest > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """The difference of all images at one stage, in its unit."""

    mean: float | None
    """None, as what follows, where no image has the same size in both."""
    largest: float | None
    images: int
    """How many differ."""
    sizes: str = ""
    """Both shapes of the first image that has another size; such are in neither figure."""

    def beyond(self, least: float) -> bool:
        """Return whether there is more of it than the least that counts."""
        return bool(self.sizes) or (self.largest is not None and self.largest > least)


def between(ours: NDArray[Any], theirs: NDArray[Any]) -> Gap:
    """Return how far theirs is from ours."""
    if ours.shape != theirs.shape:
        one, other = (" x ".join(map(str, each.shape)) for each in (ours, theirs))
        return Gap(sizes=f"{one} in A, {other} in B")
    with np.errstate(invalid="ignore"):
        apart = np.abs(ours.astype(np.float64) - theirs)
    apart[np.isnan(apart)] = np.inf
    return Gap(
        total=float(apart.sum()),
        values=apart.size,
        largest=float(apart.max()),
        scale=float(np.abs(ours).max()),
    )


def over(gaps: Sequence[Gap], *, relative: bool) -> Difference:
    """Return the difference over all images; relative to the largest value that A has."""
    scale = (max(each.scale for each in gaps) or 1.0) if relative else 1.0
    values = sum(each.values for each in gaps)
    return Difference(
        mean=sum(each.total for each in gaps) / values / scale if values else None,
        largest=max(each.largest for each in gaps) / scale if values else None,
        images=sum(each.any for each in gaps),
        sizes=next((each.sizes for each in gaps if each.sizes), ""),
    )
