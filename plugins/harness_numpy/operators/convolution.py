"""Conv and ConvTranspose: their attributes, made explicit for `harness_numpy.convolution`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness_numpy.convolution import conv2d, conv_transpose2d
from harness_numpy.windows import Window, halved, padding, pair, sides

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness_numpy.operator import Array, Versions


def conv(  # noqa: PLR0913 - the operator has this many attributes
    x: Array,
    w: Array,
    b: Array | None = None,
    *,
    auto_pad: str = "NOTSET",
    dilations: Sequence[int] | None = None,
    group: int = 1,
    kernel_shape: Sequence[int] | None = None,  # noqa: ARG001 - w has it
    pads: Sequence[int] | None = None,
    strides: Sequence[int] | None = None,
) -> Array:
    """Return the convolution of images (Conv-22)."""
    size = sides(x)
    window = Window(kernel=sides(w), stride=pair(strides), dilation=pair(dilations))
    return conv2d(
        x,
        w,
        b,
        stride=window.stride,
        pads=padding(auto_pad, pads, size, window),
        dilation=window.dilation,
        groups=group,
    )


def conv_transpose(  # noqa: PLR0913 - the operator has this many attributes
    x: Array,
    w: Array,
    b: Array | None = None,
    *,
    auto_pad: str = "NOTSET",
    dilations: Sequence[int] | None = None,
    group: int = 1,
    kernel_shape: Sequence[int] | None = None,  # noqa: ARG001 - w has it
    output_padding: Sequence[int] | None = None,
    output_shape: Sequence[int] | None = None,
    pads: Sequence[int] | None = None,
    strides: Sequence[int] | None = None,
) -> Array:
    """Return the transposed convolution of images (ConvTranspose-22).

    Either the padding is given and the output's size follows from it, or the other way round.
    """
    (h, width), stride, extra = sides(x), pair(strides), pair(output_padding, 0)
    window = Window(kernel=sides(w), stride=stride, dilation=pair(dilations))
    whole = (
        (h - 1) * stride[0] + window.span[0] + extra[0],
        (width - 1) * stride[1] + window.span[1] + extra[1],
    )
    if output_shape or auto_pad.startswith("SAME"):
        output = pair(output_shape) if output_shape else (h * stride[0], width * stride[1])
        cut = [max(0, have - want) for have, want in zip(whole, output, strict=True)]
        cells = halved(cut, upper=auto_pad == "SAME_UPPER")
    else:
        cells = padding(auto_pad, pads, (h, width), window)
        output = whole[0] - cells[0] - cells[2], whole[1] - cells[1] - cells[3]
    return conv_transpose2d(
        x,
        w,
        b,
        output=output,
        stride=stride,
        pads=cells,
        dilation=window.dilation,
        groups=group,
    )


OPERATORS: dict[str, Versions] = {
    "Conv": {7: conv},
    "ConvTranspose": {7: conv_transpose},
}
