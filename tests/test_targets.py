from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from harness import targets
from harness.errors import DataError
from harness.types import Geometry, Sample

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

GEOMETRY = Geometry(input_size=(8, 6), crop_pct=1.0)
IMAGE = np.random.default_rng(2).integers(0, 256, (9, 9, 3), np.uint8)


def sample(target: Any, image: Path | NDArray[np.uint8] = IMAGE) -> Sample:  # noqa: ANN401 - whatever a plugin gives
    return Sample(id="test-0", image=image, target=target)


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        (np.zeros((8, 9), int), r"the image is of \(9, 9\) pixels, .* of \(8, 9\)$"),
        (np.zeros((9, 9, 1), int), r"are int64 \(9, 9, 1\), not integers H x W$"),
        (np.zeros((9, 9)), r"are float64 \(9, 9\), not integers H x W$"),
        (np.zeros((0, 9), int), "not integers H x W$"),
        (np.array(1), "not integers H x W$"),
        (np.full((9, 9), 255, np.uint8), "from 255 to 255; known are 0 to 1, and -1 for none$"),
        (np.full((9, 9), -5), "from -5 to -5; known are"),
        (np.full((9, 9), 2**32), "from 4294967296 to 4294967296; known are"),
        (1, "^some targets are one class an image, others a class a pixel$"),
    ],
)
@pytest.mark.parametrize("file", [False, True])
def test_maps_that_are_none(
    tmp_path: Path,
    target: Any,  # noqa: ANN401 - whatever a plugin gives
    reason: str,
    *,
    file: bool,
) -> None:
    Image.fromarray(IMAGE).save(tmp_path / "first.png")
    first = sample(target, tmp_path / "first.png" if file else IMAGE)
    with pytest.raises(DataError, match=reason):
        targets.placed([first, sample(np.zeros((9, 9), int))], GEOMETRY, classes=2)


def test_the_size_of_a_file_that_cannot_be_read_is_nobodys(tmp_path: Path) -> None:
    (tmp_path / "torn.png").write_bytes(b"torn")
    torn = sample(np.zeros((3, 4), int), tmp_path / "torn.png")
    assert targets.placed([torn], GEOMETRY, classes=2).shape == (1, 8, 6)


def test_classes_that_nobody_knows_are_not_bounded() -> None:
    far = sample(np.full((9, 9), 300))
    assert (targets.placed([far], GEOMETRY, classes=0) == 300).all()


def test_the_same_bytes_in_another_type_are_another_target() -> None:
    void = np.full((9, 9), 255, np.uint8)
    hashes = {*targets.identities([sample(void), sample(void.view(np.int8)), sample(void[:3])])}
    assert len(hashes) == 3
    assert targets.identities([sample(5), sample(np.int64(6))]) == [5, 6]


def test_classes_are_told_apart_and_maps_are_not() -> None:
    assert targets.strata([sample(1), sample(0)]) == [1, 0]
    assert targets.strata([sample(np.zeros((9, 9), int)), sample(np.ones((9, 9), int))]) == [0, 0]


@pytest.mark.parametrize("target", [[[0, 1]], None, 1.5, "cat"])
def test_targets_of_another_kind(target: Any) -> None:  # noqa: ANN401 - whatever a plugin gives
    with pytest.raises(DataError, match=r"^test-0: its target is a \w+; give an int, or an array"):
        targets.check([sample(target)])
