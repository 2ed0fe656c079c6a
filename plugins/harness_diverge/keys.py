"""The keys of geometry and encoding in which a chain differs from the weights' own."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from harness import decode, options, preprocess
from harness.errors import UsageError
from harness.types import Encoding, Geometry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.types import Manifest

SIZES = {"input_size", "pad"}
OF_STAGE = {
    "decode": {"mode"},
    "resize": SIZES | {"resize_size", "crop_pct", "interpolation", "crop_mode"},
    "crop": SIZES | {"fill"},
    "encode": {each.name for each in fields(Encoding)},
}
"""What each stage depends on."""
EITHER = {"resize_size": "crop_pct", "crop_pct": "resize_size"}
"""Keys of which one is stated; the other is dropped with it."""
MOST_SIDE = 4096
"""Pixels a side that an image may get: well beyond what CNNs take, and no danger to memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """All that states a chain."""

    geometry: Geometry
    encoding: Encoding


def stated(manifest: Manifest, settings: Sequence[str]) -> Keys:
    """Return the model's keys with every `geometry.KEY=VALUE` and `encoding.KEY=VALUE` in them."""
    data: dict[str, Any] = {
        "geometry": decode.plain(manifest.geometry),
        "encoding": decode.plain(manifest.encoding),
    }
    for setting in settings:
        part, _, key = setting.partition("=")[0].partition(".")
        if part == "geometry" and key in EITHER:
            data["geometry"].pop(EITHER[key], None)
    data = options.overridden(data, settings)
    keys = decode.convert(data, Keys, "--set")
    preprocess.check(keys.geometry, keys.encoding, "--set")
    if _side(keys.geometry) > max(MOST_SIDE, _side(manifest.geometry)):
        makes = f"--set: geometry makes images of more than {MOST_SIDE:,} pixels a side"
        message = f"{makes}; the model takes {' x '.join(map(str, manifest.geometry.input_size))}"
        raise UsageError(message)
    return keys


def _side(geometry: Geometry) -> float:
    """Return the longest side in pixels of what a square image becomes."""
    size, longest = geometry.resize_size, max(geometry.input_size)
    resized = (size,) if isinstance(size, int) else size or (longest / (geometry.crop_pct or 1),)
    return max(longest, *resized)


def changed(manifest: Manifest, keys: Keys) -> dict[str, str]:
    """Return by key what is stated otherwise: "interpolation=bilinear (A: bicubic)"."""
    ours = decode.plain(manifest.geometry) | decode.plain(manifest.encoding)
    theirs = decode.plain(keys.geometry) | decode.plain(keys.encoding)

    def was(key: str) -> str:
        unset = ours[key] is None and key in EITHER
        return f"{EITHER[key]}={ours[EITHER[key]]}" if unset else str(ours[key])

    return {
        key: f"{key}={theirs[key]} (A: {was(key)})"
        for key in ours
        if ours[key] != theirs[key] and theirs[key] is not None
    }


def stages(key: str) -> set[str]:
    """Return the stages that depend on a key."""
    return {stage for stage, known in OF_STAGE.items() if key in known}
