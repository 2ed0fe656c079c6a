from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness_inspect.explanation import Findings


@pytest.mark.parametrize(
    ("kernel", "attributes", "flagged"),
    [
        ((2, 2), "strides=[2,2]", []),
        ((4, 4), "strides=[2,2], pads=[1,1,1,1]", []),
        ((3, 3), "strides=[1,1]", []),
        ((3, 3), "strides=[2,2]", ["height", "width"]),
        ((2, 3), "strides=[2,2]", ["width"]),
        ((5, 4), "strides=[2,2]", ["height"]),
        ((2, 2), "strides=[3,3]", ["height", "width"]),
        # dilated by the stride, both taps meet at every second position
        ((2, 2), "strides=[2,2], dilations=[2,1]", ["height"]),
    ],
)
def test_a_kernel_that_is_no_multiple_of_its_stride_is_flagged(
    explained: Callable[..., Findings], kernel: tuple[int, int], attributes: str, flagged: list[str]
) -> None:
    (layer,) = explained(f"y = ConvTranspose<{attributes}>(x, w)", w=(3, 4, *kernel)).layers

    assert [each.split()[2] for each in layer.warnings] == flagged


def test_it_says_how_uneven(explained: Callable[..., Findings]) -> None:
    (layer,) = explained("y = ConvTranspose<strides=[1,2]>(x, w)", w=(3, 4, 3, 3)).layers

    (warning,) = layer.warnings
    assert warning == (
        "checkerboard: along width a kernel of 3 covers a stride of 2 unevenly: "
        "outputs are made from 1 or 2 inputs in turn"
    )


def test_a_strided_convolution_is_not_flagged(explained: Callable[..., Findings]) -> None:
    assert explained("y = Conv<strides=[2,2]>(x, w)", w=(4, 3, 3, 3)).layers[0].warnings == ()
