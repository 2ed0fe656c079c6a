"""What somebody's step may turn out to be: the usual ways to do it otherwise, by name."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageOps

from harness import preprocess
from harness_diverge import gap, resampling
from harness_diverge.stage import levels, pixels

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from harness.types import Encoding
    from harness_diverge.stage import Step, Way
    from harness_diverge.trace import Example

IMAGENET = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
NONE = (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)
ENCODINGS = {
    "ImageNet's mean and std of values / 255": (*IMAGENET, 255.0),
    "ImageNet's mean and std of values from 0 to 255": (*IMAGENET, 1.0),
    "values / 127.5 - 1": ((0.5,) * 3, (0.5,) * 3, 255.0),
    "(values - 127) / 128": ((127.0,) * 3, (128.0,) * 3, 1.0),
    "values / 255, without mean and std": (*NONE, 255.0),
    "values from 0 to 255, without mean and std": (*NONE, 1.0),
    "values minus Caffe's mean": ((123.68, 116.779, 103.939), (1.0,) * 3, 1.0),
}
"""Those in use: mean and std in the order RGB, scale."""
FILTERS = ("nearest", "box", "bilinear", "hamming", "bicubic", "lanczos")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """The known way that comes nearest to somebody's step."""

    name: str
    mean: float
    """How far theirs is from it, in the stage's unit; 0 where that is all rounding."""
    largest: float


def nearest(
    known: Mapping[str, Way], examples: Sequence[Example], *, relative: bool
) -> Cause | None:
    """Return the known way nearest to what a step made; None where none gives its sizes."""
    found = []
    for name, way in known.items():
        gaps = [gap.between(made, way(given, made.shape)) for given, made in examples]
        apart = gap.over(gaps, relative=relative)
        if not gap.over(gaps, relative=True).beyond(gap.ROUNDING):
            return Cause(name=name, mean=0, largest=0)
        if apart.mean is not None and apart.largest is not None and not apart.sizes:
            found.append(Cause(name=name, mean=apart.mean, largest=apart.largest))
    return min(found, key=lambda each: each.mean, default=None)


def known(ours: Mapping[str, Step], encoding: Encoding, mode: str) -> dict[str, dict[str, Way]]:
    """Return the known ways by stage; `ours` are A's own steps."""
    return {
        "decode": {
            "A's in the order BGR": lambda path, _: ours["decode"](path)[..., ::-1],
            "A's turned as the EXIF data says": lambda path, _: _turned(path, mode),
            "A's in the order BGR, turned as the EXIF data says": (
                lambda path, _: _turned(path, mode)[..., ::-1]
            ),
        },
        "resize": dict(_resizes()),
        "crop": dict(_crops()),
        "encode": {name: partial(_encoded, each) for name, each in _encodings(encoding)},
        "outputs": {"softmax of A's": lambda encoded, _: _softmax(ours["outputs"](encoded))},
    }


def _encodings(own: Encoding) -> Iterator[tuple[str, Encoding]]:
    """Yield A's encoding and those in use, in either order of channels."""
    channels = len(own.mean)
    sets = {"A's values": (own.mean, own.std, own.scale)} | {
        name: (mean[:channels], std[:channels], scale)
        for name, (mean, std, scale) in ENCODINGS.items()
        if channels == len(mean) or len(set(mean)) == 1
    }
    for name, (mean, std, scale) in sets.items():
        rgb = replace(own, mean=mean, std=std, scale=scale, channel_order="rgb")
        bgr = replace(rgb, channel_order="bgr")
        yield f"RGB, {name}", rgb
        yield f"BGR, {name}", replace(bgr, mean=mean[::-1], std=std[::-1])
        yield f"BGR, {name}, in the order RGB", bgr


def _resizes() -> Iterator[tuple[str, Way]]:
    yield "no resizing at all", lambda image, _: image
    for name in FILTERS:
        yield f"{name} with antialiasing, as Pillow's", partial(_pillow, name)
    for name, way in {
        "nearest, as OpenCV's INTER_NEAREST": resampling.nearest,
        "bilinear without antialiasing, as OpenCV's INTER_LINEAR": resampling.linear,
        "bilinear without antialiasing, as TensorFlow 1's": resampling.linear_uncentred,
        "bicubic without antialiasing, as OpenCV's INTER_CUBIC": resampling.cubic,
    }.items():
        yield name, partial(_resampled, way)


def _crops() -> Iterator[tuple[str, Way]]:
    yield "no crop at all", lambda image, _: image
    yield "the centre, rounded down", partial(_cut, lambda spare: spare // 2)
    yield "the centre, rounded up", partial(_cut, lambda spare: (spare + 1) // 2)
    yield "the upper left corner", partial(_cut, lambda _: 0)
    yield "no crop, but squashed to the size", partial(_pillow, "bilinear")


def _encoded(encoding: Encoding, image: NDArray[Any], _: tuple[int, ...]) -> NDArray[Any]:
    batch = preprocess.encoder(encoding)(levels(image)[None])
    return np.asarray(batch[0])


def _resampled(way: Way, image: NDArray[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    return way(image, shape[:2])


def _cut(place: Callable[[int], int], image: NDArray[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    top, left = (place(max(0, image.shape[axis] - shape[axis])) for axis in (0, 1))
    cut: NDArray[Any] = image[top : top + shape[0], left : left + shape[1]]
    return cut


def _pillow(name: str, image: NDArray[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    opened = preprocess.decode(levels(image), "L" if image.shape[-1] == 1 else "RGB")
    return pixels(opened.resize((shape[1], shape[0]), Image.Resampling[name.upper()]))


def _turned(path: Path, mode: str) -> NDArray[Any]:
    with Image.open(path) as image:
        return pixels(ImageOps.exif_transpose(image).convert(mode))


def _softmax(row: NDArray[Any]) -> NDArray[Any]:
    powers = np.exp(row - row.max())
    return np.asarray(powers / powers.sum())
