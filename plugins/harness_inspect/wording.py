"""How numbers and windows are written."""

# ruff: noqa: RUF001, RUF002 - the signs of arithmetic are what is written
from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.graph import Shape
    from harness_inspect.explanation import Explained, Field

WHOLE = "whole image"
_PLAIN = 100_000
_SHARE = 0.0005


def shape(axes: Shape) -> str:
    """Return the axes of one image: 64×112×112."""
    return "×".join(str(each) for each in axes if each is not None) or "1"


def count(number: int) -> str:
    """Return a number as it is, or three digits of it: 4.09 G."""
    if number < _PLAIN:
        return f"{number:,}"
    power = next(each for each in (12, 9, 6, 3) if number >= 0.9995 * 10**each)
    scaled = number / 10**power
    digits = 2 - (scaled >= 9.995) - (scaled >= 99.95)  # noqa: PLR2004 - where rounding adds a digit
    return f"{scaled:.{digits}f} {'kMGT'[power // 3 - 1]}"


def memory(size: int) -> str:
    """Return a number of bytes in the unit that fits."""
    for unit, step in (("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10)):
        if size >= step:
            return f"{size / step:,.1f} {unit}"
    return f"{size} B"


def share(part: float) -> str:
    """Return a share in percent, empty for none."""
    if not part:
        return ""
    return f"{part:.1%}".replace("%", " %") if part >= _SHARE else "< 0.1 %"


def window(layer: Explained) -> str:
    """Return a window as 3×3 s2 p1 d2 g32; a stride of 1 and the like go without saying."""
    if not layer.kernel:
        return ""
    pads = layer.padding
    told = {
        "s": _axes([str(each) for each in layer.stride], "1"),
        "p": _axes([str(a) if a == b else f"{a}+{b}" for a, b in pads], "0"),
        "d": _axes([str(each) for each in layer.dilation], "1"),
        "g": "" if layer.groups == 1 else str(layer.groups),
    }
    parts = [f"{letter}{text}" for letter, text in told.items() if text]
    return " ".join(["×".join(map(str, layer.kernel)), *parts])


def field(fields: Sequence[Field] | None, *, jump: bool = True) -> str:
    """Return a receptive field as size/jump: 427/32."""
    if fields is None:
        return WHOLE
    size = _axes([f"{each.size}" for each in fields], "")
    steps = _axes([f"{each.jump:g}" for each in fields], "")
    return f"{size}/{steps}" if jump else size


def position(number: float | None) -> str:
    """Return a number of operations at one position."""
    return "" if number is None else f"{number:,.4g}" if number % 1 else f"{number:,.0f}"


def _axes(texts: Sequence[str], usual: str) -> str:
    """Return one text when all are the same, nothing when it is the usual one."""
    told = dict.fromkeys(texts)
    if len(told) == 1:
        return "" if usual in told else texts[0]
    return "×".join(texts)
