# ruff: noqa: RUF001 - the signs of arithmetic are what is written
from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness_inspect import wording
from harness_inspect.explanation import Field

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness_inspect.explanation import Findings


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (99_999, "99,999"),
        (100_000, "100 k"),
        (999_499, "999 k"),
        (999_500, "1.00 M"),
        (12_845_056, "12.8 M"),
        (9_996_000, "10.0 M"),
        (4_089_184_256, "4.09 G"),
        (1_016_717_000_000, "1.02 T"),
    ],
)
def test_counts(number: int, text: str) -> None:
    assert wording.count(number) == text


@pytest.mark.parametrize(
    ("size", "text"),
    [(856, "856 B"), (1024, "1.0 KiB"), (553_430_176, "527.8 MiB"), (5 * 2**30, "5.0 GiB")],
)
def test_memory(size: int, text: str) -> None:
    assert wording.memory(size) == text


@pytest.mark.parametrize(
    ("part", "text"), [(0, ""), (1e-6, "< 0.1 %"), (0.0006, "0.1 %"), (0.123, "12.3 %")]
)
def test_shares(part: float, text: str) -> None:
    assert wording.share(part) == text


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("y = Conv(x, w)", "3×3"),
        ("y = Conv<strides=[2,2], pads=[1,1,1,1]>(x, w)", "3×3 s2 p1"),
        ("y = Conv<strides=[2,1], pads=[0,1,1,1], dilations=[2,2]>(x, w)", "3×3 s2×1 p0+1×1 d2"),
        ("y = Conv<group=3>(x, g)", "1×7 g3"),
        ("y = Relu(x)", ""),
    ],
)
def test_windows(explained: Callable[..., Findings], body: str, text: str) -> None:
    assert wording.window(explained(body, w=(4, 3, 3, 3), g=(3, 1, 1, 7)).layers[0]) == text


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        (None, "whole image"),
        ([Field(size=7, jump=2, offset=-3)] * 2, "7/2"),
        ([Field(size=7, jump=2, offset=-3), Field(size=9, jump=0.5, offset=0)], "7×9/2×0.5"),
    ],
)
def test_fields(fields: list[Field] | None, text: str) -> None:
    assert wording.field(fields) == text
