from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from harness import feed, prepare
from harness.errors import UnavailableError
from harness.subset import Images
from harness.types import Encoding, Geometry, Manifest, Parameters

if TYPE_CHECKING:
    from pathlib import Path

    from harness.session import Batch

MANIFEST = Manifest(
    schema=prepare.SCHEMA,
    model="m",
    weights="w",
    id="i",
    geometry=Geometry(input_size=(4, 4), mode="L", crop_pct=1.0),
    encoding=Encoding(mean=(0.0,), std=(1.0,)),
    activation="logits",
    label_space="l",
    num_classes=2,
    forms={},
    parameters=Parameters(stored=0),
    macs=None,
    depth={},
    agreement={},
)


def images(count: int, unreadable: tuple[str, ...] = (), sources: tuple[str, ...] = ()) -> Images:
    shades = np.arange(count, dtype=np.uint8)
    return Images(
        pixels=np.broadcast_to(shades[:, None, None, None], (count, 4, 4, 1)),
        targets=np.zeros(count, np.int64),
        ids=tuple(map(str, range(count))),
        unreadable=dict.fromkeys(unreadable, "torn"),
        sources=sources or ("",) * count,
    )


def shades(batch: Batch) -> list[int]:
    return [round(255 * float(each)) for each in batch[:, 0, 0, 0]]


def test_batches_rotate_through_the_images_that_can_be_read() -> None:
    batches = list(feed.encoded(images(5, unreadable=("3",)), MANIFEST, 2))
    assert len(batches) == 64
    assert {batch.shape for batch in batches} == {(2, 1, 4, 4)}
    assert {shade for batch in batches for shade in shades(batch)} == {0, 1, 2, 4}
    assert not np.array_equal(batches[0], batches[1])


def test_large_batches_are_fewer_but_never_one() -> None:
    assert len(list(feed.encoded(images(3), MANIFEST, 2**21))) == 2


def test_files_are_read_anew_for_every_batch(tmp_path: Path) -> None:
    for shade in (10, 20, 30):
        Image.new("L", (4, 4), shade).save(tmp_path / f"{shade}.png")
    sources = tuple(str(tmp_path / f"{shade}.png") for shade in (10, 20, 30))
    batches = feed.from_files(images(3, unreadable=("1",), sources=sources), MANIFEST, 2)
    assert shades(next(batches)) == [10, 30]
    Image.new("L", (4, 4), 99).save(tmp_path / "10.png")
    assert shades(next(batches)) == [99, 30]


def test_images_that_are_no_files_say_so() -> None:
    with pytest.raises(UnavailableError, match="images are not files"):
        next(feed.from_files(images(2), MANIFEST, 1))
