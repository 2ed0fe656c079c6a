"""A garment and a digit over a photograph, 64 x 64, with the class of each pixel.

Garments are Fashion-MNIST's, digits MNIST's, photographs CIFAR-10's. Each split is made of those
sets' images of the same split: no shape and no background of the test has been learnt from.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING

from harness import Dataset, Sample, cache
from harness_datasets import cifar10, composition, fashion_mnist, mnist

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

NAME = "garments-and-digits"
COUNTS = {"train": 10_000, "test": 2_000}
ARRAYS = ("images", "targets")


def dataset() -> Dataset:
    """Return the descriptor."""
    parts = _parts()
    # Another Pillow may enlarge a photograph to other bits.
    made = [composition.VERSION, version("pillow"), *(part.identity for part in parts)]
    return Dataset(
        name=NAME,
        summary="a garment and a digit over a photograph, 64 x 64, the class of each pixel",
        label_space=NAME,
        classes=composition.CLASSES,
        splits=COUNTS,
        open=samples,
        fetch=fetch,
        identity=cache.digest(made),
        source=f"made here of {', '.join(part.name for part in parts)}",
        size="those, and 196 MB",
    )


def fetch(folder: Path) -> None:
    """Compose both splits in a folder; the data sets they are made of are fetched where need be."""
    import numpy as np

    for place, (split, count) in enumerate(COUNTS.items()):
        photographs, garments, digits = (_images(part, split, count) for part in _parts())
        made = [
            composition.composed(*parts, np.random.PCG64([place, number]))
            for number, parts in enumerate(zip(photographs, garments, digits, strict=True))
        ]
        with cache.writable(folder):
            for name, arrays in zip(ARRAYS, zip(*made, strict=True), strict=True):
                np.save(folder / f"{split}-{name}.npy", np.stack(arrays))


def samples(split: str, folder: Path) -> Sequence[Sample]:
    """Return the samples of a split."""
    import numpy as np

    images, targets = (np.load(folder / f"{split}-{name}.npy", mmap_mode="r") for name in ARRAYS)
    return [
        Sample(id=f"{split}-{number:05}", image=image, target=target)
        for number, (image, target) in enumerate(zip(images, targets, strict=True))
    ]


def _parts() -> tuple[Dataset, ...]:
    """Return where the photographs, the garments and the digits come from."""
    return cifar10.dataset(), fashion_mnist.dataset(), mnist.dataset()


def _images(part: Dataset, split: str, count: int) -> list[NDArray[np.uint8]]:
    """Return a data set's first images."""
    import numpy as np

    from harness import subset

    return [np.asarray(each.image) for each in part.open(split, subset.fetched(part))[:count]]
