from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from harness.types import Encoding, Geometry
from harness_diverge import causes
from harness_diverge.stage import own

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from harness_diverge.causes import Cause

RNG = np.random.default_rng(0)
PHOTO = RNG.integers(0, 256, (61, 83, 3), np.uint8)
OWN = Encoding(mean=(0.1, 0.2, 0.3), std=(0.4, 0.5, 0.6))
OURS: dict[str, Any] = own(Geometry(input_size=(24, 24), crop_pct=1.0), OWN)


def found(stage: str, made: NDArray[Any], given: Any = PHOTO) -> Cause:  # noqa: ANN401
    ours = OURS | {"outputs": lambda encoded: encoded}
    ways = causes.known(ours, OWN, "RGB")[stage]
    cause = causes.nearest(ways, [(given, made)], relative=False)
    assert cause is not None
    return cause


@pytest.mark.parametrize("name", causes.FILTERS)
def test_a_filter_of_pillow_is_recognised(name: str) -> None:
    made = np.asarray(Image.fromarray(PHOTO).resize((30, 25), Image.Resampling[name.upper()]))
    cause = found("resize", made)
    assert (cause.name, cause.largest) == (f"{name} with antialiasing, as Pillow's", 0)


@pytest.mark.parametrize(
    ("flag", "name"),
    [
        ("INTER_NEAREST", "nearest, as OpenCV's INTER_NEAREST"),
        ("INTER_LINEAR", "bilinear without antialiasing, as OpenCV's INTER_LINEAR"),
        ("INTER_CUBIC", "bicubic without antialiasing, as OpenCV's INTER_CUBIC"),
    ],
)
@pytest.mark.parametrize("size", [(30, 25), (83, 25), (100, 90)])
def test_a_filter_of_opencv_is_recognised(flag: str, name: str, size: tuple[int, int]) -> None:
    import cv2

    cause = found("resize", np.asarray(cv2.resize(PHOTO, size, interpolation=getattr(cv2, flag))))
    assert cause.name == name
    assert cause.largest <= 1


def test_torch_without_antialiasing_is_recognised() -> None:
    import torch

    image = torch.from_numpy(PHOTO.transpose(2, 0, 1)[None].astype(np.float32))
    made = torch.nn.functional.interpolate(image, (25, 30), mode="bilinear")[0].numpy()
    cause = found("resize", made.transpose(1, 2, 0))
    assert cause.name.startswith("bilinear without antialiasing, as OpenCV's")
    assert cause.largest < 0.51  # theirs is not rounded to levels


@pytest.mark.parametrize(
    ("cut", "name"),
    [
        (PHOTO, "no crop at all"),
        (PHOTO[18:42, 29:53], "the centre, rounded down"),
        (PHOTO[19:43, 30:54], "the centre, rounded up"),
        (PHOTO[:24, :24], "the upper left corner"),
        (
            np.asarray(Image.fromarray(PHOTO).resize((24, 24), Image.Resampling.BILINEAR)),
            "no crop, but squashed to the size",
        ),
    ],
)
def test_a_crop_is_recognised(cut: NDArray[np.uint8], name: str) -> None:
    cause = found("crop", cut)
    assert (cause.name, cause.largest) == (name, 0)


def chw(image: NDArray[Any]) -> NDArray[np.float32]:
    return np.ascontiguousarray(image.transpose(2, 0, 1), np.float32)


@pytest.mark.parametrize(
    ("encode", "name"),
    [
        (lambda x: x / 127.5 - 1, "RGB, values / 127.5 - 1"),
        (lambda x: x / 255, "RGB, values / 255, without mean and std"),
        (lambda x: x[..., ::-1], "BGR, values from 0 to 255, without mean and std"),
        (
            lambda x: x[..., ::-1] - np.array((103.939, 116.779, 123.68)),
            "BGR, values minus Caffe's mean",
        ),
        (
            lambda x: (x / 255 - causes.IMAGENET[0]) / causes.IMAGENET[1],
            "RGB, ImageNet's mean and std of values / 255",
        ),
        (
            lambda x: (x[..., ::-1] / 255 - OWN.mean) / OWN.std,
            "BGR, A's values, in the order RGB",
        ),
    ],
)
def test_an_encoding_is_recognised(
    encode: Callable[[NDArray[Any]], NDArray[Any]], name: str
) -> None:
    cause = found("encode", chw(encode(PHOTO.astype(np.float64))))
    assert (cause.name, cause.largest) == (name, 0)


def test_a_decoder_is_recognised(tmp_path: Path) -> None:
    path = tmp_path / "turned.png"
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    Image.fromarray(PHOTO).save(path, exif=exif)
    assert found("decode", PHOTO[..., ::-1], path).name == "A's in the order BGR"
    turned = np.rot90(PHOTO, -1)
    assert found("decode", turned, path).name == "A's turned as the EXIF data says"
    both = found("decode", turned[..., ::-1], path)
    assert both.name == "A's in the order BGR, turned as the EXIF data says"


def test_a_photo_that_opencv_reads_is_recognised(tmp_path: Path) -> None:
    import cv2

    path = tmp_path / "phone.png"
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(PHOTO).save(path, exif=exif)
    read = cv2.imread(str(path))
    assert read is not None
    assert "BGR, turned as the EXIF data says" in found("decode", np.asarray(read), path).name


def test_probabilities_are_recognised() -> None:
    row = np.array([1.0, 2.0, 4.0])
    assert found("outputs", np.exp(row) / np.exp(row).sum(), row).name == "softmax of A's"


def test_what_no_known_way_explains_has_no_cause() -> None:
    assert causes.nearest({"half": lambda x, _: x[:1]}, [(PHOTO, PHOTO)], relative=False) is None
    assert found("resize", RNG.integers(0, 256, (25, 30, 3), np.uint8)).mean > 40


def test_one_channel_has_the_encodings_that_are_the_same_for_all() -> None:
    grey = Encoding(mean=(0.3,), std=(0.2,))
    names = causes.known(OURS, grey, "L")["encode"]
    assert "RGB, values / 127.5 - 1" in names
    assert not any("ImageNet" in name for name in names)
