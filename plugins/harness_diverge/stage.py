"""A stage: one step from an image file to a row of outputs, as A and as B carry it out."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from harness import preprocess
from harness.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray
    from PIL import Image

    from harness.types import Encoding, Geometry

    Step: TypeAlias = Callable[[Any], NDArray[Any]]
    """Pixels are H x W x C, what is encoded C x H x W (or as the model's layout says), outputs a
    row of classes; the first step takes an image file or its pixels."""
    Way: TypeAlias = Callable[[Any, tuple[int, ...]], NDArray[Any]]
    """(what a step is given, the shape of what somebody's made of it) -> what it may have made."""

STAGES = ("decode", "resize", "crop", "encode", "outputs")
PIXELS = STAGES[:3]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One stage of both chains."""

    name: str
    ours: Step
    theirs: Step
    """The same object as `ours` where nothing else was stated."""
    how: str = ""
    """What was stated of theirs: a file's function, keys with their values."""
    known: Mapping[str, Way] = field(default_factory=dict)
    """What theirs may turn out to be, by name."""


def own(geometry: Geometry, encoding: Encoding) -> dict[str, Step]:
    """Return the harness's own preprocessing in its stages; together they are `preprocess.apply`.

    A float image, which only somebody else's stage can have made, is rounded to levels.
    """
    encode = preprocess.encoder(encoding)

    def opened(image: NDArray[Any]) -> Image.Image:
        return preprocess.decode(levels(image), geometry.mode)

    def resize(image: NDArray[Any]) -> NDArray[Any]:
        try:
            return pixels(preprocess.resize(geometry, opened(image)))
        except (ValueError, ZeroDivisionError, MemoryError) as reason:
            height, width = image.shape[:2]
            message = f"cannot resize an image of {width} x {height}: {reason}"
            raise DataError(message) from reason

    def decode(image: str | Path | NDArray[np.uint8]) -> NDArray[Any]:
        source = Path(image) if isinstance(image, str) else image
        return pixels(preprocess.decode(source, geometry.mode))

    return {
        "decode": decode,
        "resize": resize,
        "crop": lambda image: preprocess.crop(geometry, opened(image)),
        "encode": lambda image: encode(levels(image)[None])[0],
    }


def pixels(image: Any) -> NDArray[Any]:  # noqa: ANN401 - whatever NumPy takes for an array
    """Return an image as H x W x C."""
    array = np.asarray(image)
    return array[..., None] if array.ndim == 2 else array  # noqa: PLR2004 - H x W


def levels(image: NDArray[Any]) -> NDArray[np.uint8]:
    """Return pixels as whole levels from 0 to 255."""
    if image.dtype == np.uint8:
        return image
    rounded: NDArray[np.uint8] = np.clip(np.rint(image), 0, preprocess.LEVELS - 1).astype(np.uint8)
    return rounded


def chained(*steps: Step) -> Step:
    """Return the steps as one."""

    def whole(value: Any) -> NDArray[Any]:  # noqa: ANN401 - what the first step takes
        for step in steps:
            value = step(value)
        answer: NDArray[Any] = value
        return answer

    return whole
