"""Image → uint8 pixels → the model's input: one implementation for all backends.

Pixels are bit-identical to timm's evaluation transform, the encoded batch to torchvision's
`ToTensor` and `Normalize`; the roundings below are theirs.
"""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.errors import DataError, ModelError, UsageError

LEVELS = 256
"""Values that a pixel can have."""
MOST_CROP = 4.0
UNKNOWN = -1
"""The class of a pixel of which nothing is known."""

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from PIL import Image

    from harness.session import Batch
    from harness.types import Encoding, Geometry


def check(geometry: Geometry, encoding: Encoding, where: str) -> None:
    """Raise `UsageError` when a geometry or an encoding cannot be carried out."""
    channels = 3 if geometry.mode == "RGB" else 1
    size, pct = geometry.resize_size, geometry.crop_pct
    sizes = [size] if isinstance(size, int) else list(size or ())
    fills = [geometry.fill] if isinstance(geometry.fill, int) else geometry.fill
    finite = np.isfinite([*encoding.mean, *encoding.std, encoding.scale]).all()
    wrong = [
        ((size is None) == (pct is None), "give resize_size or crop_pct, one of both"),
        (
            pct is not None and not 0 < pct <= MOST_CROP,
            f"crop_pct must be more than 0 and at most {MOST_CROP:g}, as in 0.875",
        ),
        (min((*geometry.input_size, *sizes)) < 1, "sizes must be 1 or more"),
        (not 0 <= 2 * geometry.pad < min(geometry.input_size), "pad must leave an image"),
        (not all(0 <= each < LEVELS for each in fills), "fill must be from 0 to 255"),
        (len(fills) > channels, f"fill has {len(fills)} colours for {channels} channel"),
        (len(encoding.mean) != channels, f"mean has {len(encoding.mean)} of {channels} channels"),
        (len(encoding.std) != channels, f"std has {len(encoding.std)} of {channels} channels"),
        (not finite, "mean, std and scale must be finite"),
        (0 in {encoding.scale, *encoding.std}, "scale and std must not be 0"),
    ]
    for is_wrong, what in wrong:
        if is_wrong:
            message = f"{where}: geometry or encoding: {what}"
            raise UsageError(message)


def apply(geometry: Geometry, image: Path | NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the image as H x W x C pixels; C is 3 for RGB, 1 for L.

    Raises `DataError` where the image cannot be decoded or resized.
    """
    opened = decode(image, geometry.mode)
    try:
        return crop(geometry, resize(geometry, opened))
    except (ValueError, ZeroDivisionError, MemoryError) as reason:
        message = f"cannot resize an image of {opened.width} x {opened.height}: {reason}"
        raise DataError(message) from reason


def apply_to_map(geometry: Geometry, target: NDArray[np.integer]) -> NDArray[np.int32]:
    """Return the classes of an image's pixels (H x W) where its geometry puts those.

    By nearest neighbour; `UNKNOWN` beyond the image.
    """
    from PIL import Image

    nearest = replace(geometry, interpolation="nearest")
    resized = resize(nearest, Image.fromarray(target.astype(np.int32)))
    return _cut(geometry, resized, beyond=UNKNOWN, around=UNKNOWN)[..., 0]


def encoder(encoding: Encoding) -> Callable[[NDArray[np.uint8]], Batch]:
    """Return the function that encodes pixels (N x H x W x C) as the model's input.

    `mean` and `std` stand in the model's channel order. The batch is C-contiguous in the layout;
    uint8 passes the pixels through. Raises `ModelError` where the channels do not match.
    """
    step = -1 if encoding.channel_order == "bgr" else 1
    first = encoding.layout == "NCHW"
    tables = _tables(encoding)

    def encode(pixels: NDArray[np.uint8]) -> Batch:
        ordered = pixels[..., ::step]
        if encoding.dtype == "uint8":
            return np.ascontiguousarray(np.moveaxis(ordered, -1, 1) if first else ordered)
        count, height, width, channels = pixels.shape
        if channels != len(tables):
            message = f"the encoding has {len(tables)} means, the images {channels} channels"
            raise ModelError(message)
        shape = (count, channels, height, width) if first else pixels.shape
        batch = np.empty(shape, np.float32)
        for channel, table in enumerate(tables):
            target = batch[:, channel] if first else batch[..., channel]
            target[...] = np.take(table, ordered[..., channel])
        return batch

    return encode


def _tables(encoding: Encoding) -> list[NDArray[np.float32]]:
    """Return each channel's answer to the 256 values that a pixel can have.

    Three roundings to float32, as torchvision makes them; a fused form gives other bits.
    """
    values = np.arange(256, dtype=np.float32) / np.float32(encoding.scale)
    return [
        (values - np.float32(mean)) / np.float32(std)
        for mean, std in zip(encoding.mean, encoding.std, strict=True)
    ]


def decode(image: Path | NDArray[np.uint8], mode: str) -> Image.Image:
    """Return an image file, or pixels (H x W or H x W x C), as an image of a geometry's mode.

    Raises `DataError` where that is not possible.
    """
    from PIL import Image

    where = image if isinstance(image, Path) else f"array of shape {image.shape}"
    try:
        if isinstance(image, Path):
            with Image.open(image) as file:
                # convert() drops a palette's transparency whether or not it is known, but warns.
                file.info.pop("transparency", None)
                return _eight_bits(file).convert(mode)
        grey = image.ndim == 3 and image.shape[-1] == 1  # noqa: PLR2004 - H x W x 1
        return Image.fromarray(image[..., 0] if grey else image).convert(mode)
    except Exception as reason:  # decoders raise whatever a broken file makes them trip over
        message = f"cannot decode {where}: {reason or type(reason).__name__}"
        raise DataError(message) from reason


def _eight_bits(image: Image.Image) -> Image.Image:
    """Return the image; one with deeper pixels is refused, since Pillow would clip them."""
    if image.mode == "F" or image.mode.startswith("I"):
        message = f"its pixels have more than 8 bits (mode {image.mode!r}); convert it to 8 bits"
        raise ValueError(message)
    return image


def resize(geometry: Geometry, image: Image.Image) -> Image.Image:
    """Return a decoded image in the size that the crop is cut from."""
    from PIL import Image

    height, width = _resized(geometry, image.height, image.width)
    if (width, height) == image.size:
        return image
    return image.resize((width, height), Image.Resampling[geometry.interpolation.upper()])


def _resized(geometry: Geometry, height: int, width: int) -> tuple[int, int]:
    """Return the height and width that an image of this size is resized to."""
    if isinstance(geometry.resize_size, tuple):
        return geometry.resize_size
    target_height, target_width = _target(geometry)
    if geometry.crop_mode == "squash":
        return target_height, target_width
    if geometry.crop_mode == "center" and target_height == target_width:
        if height <= width:
            return target_height, int(target_height * width / height)
        return int(target_width * height / width), target_width
    ratios = height / target_height, width / target_width
    ratio = max(ratios) if geometry.crop_mode == "border" else min(ratios)
    return max(1, round(height / ratio)), max(1, round(width / ratio))


def _target(geometry: Geometry) -> tuple[int, int]:
    """Return the height and width that the crop is cut from."""
    if isinstance(geometry.resize_size, int):
        return geometry.resize_size, geometry.resize_size
    pct = geometry.crop_pct or 1.0
    height, width = (size - 2 * geometry.pad for size in geometry.input_size)
    return math.floor(height / pct), math.floor(width / pct)


def crop(geometry: Geometry, image: Image.Image) -> NDArray[np.uint8]:
    """Return the centre of a resized image as H x W x C pixels, with the padding around it.

    Where the image is smaller than the crop it lies on `fill`.
    """
    return _cut(geometry, image, beyond=geometry.fill, around=0)


def _cut(
    geometry: Geometry, image: Image.Image, *, beyond: int | tuple[int, int, int], around: int
) -> NDArray[Any]:
    from PIL import Image

    pad = geometry.pad
    height, width = (size - 2 * pad for size in geometry.input_size)
    canvas = Image.new(image.mode, (width, height), beyond)
    canvas.paste(image, (_offset(width, image.width), _offset(height, image.height)))
    cropped = np.asarray(canvas).reshape(height, width, -1)
    pixels = np.full((*geometry.input_size, cropped.shape[-1]), around, cropped.dtype)
    pixels[pad : pad + height, pad : pad + width] = cropped
    return pixels


def _offset(crop: int, size: int) -> int:
    """Return where an image of this size starts on the crop; negative where it is cut."""
    return (crop - size) // 2 if crop > size else -round((size - crop) / 2)
