"""Transposed convolutions whose outputs come from unlike many inputs: a checkerboard shows."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from harness_inspect.formulas import TRANSPOSED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.graph import Layer

_PLANE = ("height", "width")


def uneven(layer: Layer) -> Iterator[str]:
    """Yield a warning for each axis along which neighbouring outputs read unlike many inputs."""
    if layer.op != TRANSPOSED:
        return
    axes = zip(layer.kernel, layer.stride, layer.dilation, strict=True)
    for place, (taps, stride, dilation) in enumerate(axes):
        met = Counter(tap * dilation % stride for tap in range(taps))
        counts = [met[phase] for phase in range(stride)]
        if min(counts) < max(counts):
            name = _PLANE[place] if len(layer.kernel) == len(_PLANE) else f"axis {place + 1}"
            kernel = f"a kernel of {taps}" + (f" dilated by {dilation}" if dilation > 1 else "")
            yield (
                f"checkerboard: along {name} {kernel} covers a stride of {stride} unevenly: "
                f"outputs are made from {min(counts)} or {max(counts)} inputs in turn"
            )
