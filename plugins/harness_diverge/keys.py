"""The keys of geometry and encoding in which a chain differs from the weights' own."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from harness import decode, options, preprocess
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
            del data["geometry"][EITHER[key]]
    keys = decode.convert(options.overridden(data, settings), Keys, "--set")
    preprocess.check(keys.geometry, keys.encoding, "--set")
    return keys


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
