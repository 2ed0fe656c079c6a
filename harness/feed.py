"""What a timed session is given: encoded batches of real images, or images straight from files."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from harness import preprocess
from harness.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.session import Batch
    from harness.subset import Images
    from harness.types import Manifest

BYTES = 64 * 2**20
BATCHES = 2, 64
"""At least so many batches are rotated through, and at the most."""


def encoded(images: Images, manifest: Manifest, batch_size: int) -> Iterator[Batch]:
    """Yield encoded batches of real images, to be rotated through; 2 to 64, about 64 MiB."""
    shown = [row for row, name in enumerate(images.ids) if name not in images.unreadable]
    order = np.random.default_rng(0).permutation(shown)
    encode = preprocess.encoder(manifest.encoding)
    least, most = BATCHES
    count = most
    for number in range(most):
        if number >= count:
            break
        batch = encode(images.pixels[np.resize(np.roll(order, -number * batch_size), batch_size)])
        count = min(most, max(least, BYTES // batch.nbytes))
        yield batch


def from_files(images: Images, manifest: Manifest, batch_size: int) -> Iterator[Batch]:
    """Yield batches without end, each read from the images' files anew.

    Raises `UnavailableError` where the images are not files.
    """
    files = [
        Path(source)
        for name, source in zip(images.ids, images.sources, strict=True)
        if source and name not in images.unreadable
    ]
    if not files:
        message = "the data set's images are not files: nothing can be timed from file to answer"
        raise UnavailableError(message)
    encode = preprocess.encoder(manifest.encoding)
    following = itertools.cycle(files).__next__
    while True:
        pixels = [preprocess.apply(manifest.geometry, following()) for _ in range(batch_size)]
        yield encode(np.stack(pixels))
