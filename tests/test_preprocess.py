from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pytest
from PIL import Image

from harness import preprocess
from harness.errors import DataError, ModelError, UsageError
from harness.types import Encoding, Geometry

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIZES = [(31, 47), (47, 31), (5, 7), (1, 9), (64, 64), (33, 200), (32, 32), (100, 18), (24, 40)]
INTERPOLATIONS: tuple[Literal["nearest", "bilinear", "bicubic", "lanczos"], ...] = (
    "nearest",
    "bilinear",
    "bicubic",
    "lanczos",
)
CROP_MODES: tuple[Literal["center", "squash", "border"], ...] = ("center", "squash", "border")


def noise(height: int, width: int, channels: int = 3) -> NDArray[np.uint8]:
    shape = (height, width, channels) if channels > 1 else (height, width)
    seed = height * 1000 + width
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def timm_pixels(geometry: Geometry, image: Image.Image) -> NDArray[np.uint8]:
    from timm.data.transforms_factory import create_transform

    transform = create_transform(
        input_size=geometry.input_size,
        is_training=False,
        interpolation=geometry.interpolation,
        crop_pct=geometry.crop_pct,
        crop_mode=geometry.crop_mode,
        normalize=False,
    )
    pixels: NDArray[np.uint8] = transform(image).numpy().transpose(1, 2, 0)
    return pixels


@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
@pytest.mark.parametrize("crop_mode", CROP_MODES)
@pytest.mark.parametrize("crop_pct", [0.875, 0.9, 0.95, 1.0])
@pytest.mark.parametrize("input_size", [(32, 32), (29, 29), (24, 41)])
def test_pixels_are_those_of_timm(
    interpolation: Literal["nearest", "bilinear", "bicubic", "lanczos"],
    crop_mode: Literal["center", "squash", "border"],
    crop_pct: float,
    input_size: tuple[int, int],
) -> None:
    geometry = Geometry(
        input_size=input_size,
        interpolation=interpolation,
        crop_mode=crop_mode,
        crop_pct=crop_pct,
        fill=(124, 116, 104) if crop_mode == "border" else 0,  # timm's, ImageNet's mean colour
    )
    for height, width in SIZES:
        image = noise(height, width)
        expected = timm_pixels(geometry, Image.fromarray(image))
        assert np.array_equal(preprocess.apply(geometry, image), expected), (height, width)


@pytest.mark.parametrize("resize_size", [40, 29, (40, 37), (20, 50)])
@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
def test_a_stated_resize_size_is_that_of_torchvision(
    resize_size: int | tuple[int, int],
    interpolation: Literal["nearest", "bilinear", "bicubic", "lanczos"],
) -> None:
    from torchvision.transforms import CenterCrop, Compose, InterpolationMode, Resize

    geometry = Geometry(
        input_size=(29, 33),
        resize_size=resize_size,
        interpolation=interpolation,
        crop_mode="center",
    )
    reference = Compose(
        [Resize(resize_size, InterpolationMode(interpolation)), CenterCrop((29, 33))]
    )
    for height, width in SIZES:
        image = noise(height, width)
        expected = np.asarray(reference(Image.fromarray(image)))
        assert np.array_equal(preprocess.apply(geometry, image), expected), (height, width)


def test_one_channel_pixels_are_those_of_timm() -> None:
    geometry = Geometry(input_size=(28, 28), mode="L", crop_pct=0.9, interpolation="bicubic")
    for height, width in SIZES:
        image = noise(height, width, channels=1)
        expected = timm_pixels(geometry, Image.fromarray(image))
        assert np.array_equal(preprocess.apply(geometry, image), expected)
        assert np.array_equal(preprocess.apply(geometry, image[..., None]), expected)


def test_a_grey_array_becomes_three_equal_channels() -> None:
    geometry = Geometry(input_size=(28, 28), crop_pct=1.0)
    image = noise(28, 28, channels=1)
    assert np.array_equal(preprocess.apply(geometry, image), np.stack([image] * 3, axis=-1))


@pytest.mark.parametrize(
    ("mode", "suffix"),
    [
        ("RGB", "jpg"),
        ("L", "jpg"),
        ("CMYK", "jpg"),
        ("RGB", "png"),
        ("L", "png"),
        ("LA", "png"),
        ("RGBA", "png"),
        ("P", "png"),
        ("1", "png"),
    ],
)
@pytest.mark.parametrize("target", ["RGB", "L"])
def test_files_are_converted_as_by_the_loader_of_timm(
    tmp_path: Path, mode: str, suffix: str, target: Literal["RGB", "L"]
) -> None:
    path = tmp_path / f"image.{suffix}"
    Image.fromarray(noise(45, 61)).convert(mode).save(path)
    geometry = Geometry(input_size=(32, 32), mode=target, crop_pct=0.9, interpolation="bicubic")
    expected = timm_pixels(geometry, Image.open(path).convert(target))
    assert np.array_equal(preprocess.apply(geometry, path), expected)


@pytest.mark.parametrize("transparency", [3, bytes(range(200))])
def test_a_transparent_palette_is_read_in_silence(
    tmp_path: Path, transparency: int | bytes
) -> None:
    path = tmp_path / "image.png"
    palette = Image.fromarray(noise(32, 32)).convert("P")
    palette.save(path, transparency=transparency)
    geometry = Geometry(input_size=(32, 32), crop_pct=1.0)
    pixels = preprocess.apply(geometry, path)
    with warnings.catch_warnings(action="ignore"):
        assert np.array_equal(pixels, timm_pixels(geometry, Image.open(path).convert("RGB")))


def test_padding_surrounds_what_the_smaller_crop_gives() -> None:
    padded = Geometry(input_size=(32, 36), crop_pct=0.9, pad=2)
    image = noise(50, 70)
    pixels = preprocess.apply(padded, image)
    assert pixels.shape == (32, 36, 3)
    inner = Geometry(input_size=(28, 32), crop_pct=0.9)
    assert np.array_equal(pixels[2:-2, 2:-2], preprocess.apply(inner, image))
    pixels[2:-2, 2:-2] = 0
    assert not pixels.any()


@pytest.mark.parametrize("content", [b"", b"no image", "truncated", "broken"])
def test_a_file_that_cannot_be_decoded_is_named(tmp_path: Path, content: bytes | str) -> None:
    path = tmp_path / "image.png"
    Image.fromarray(noise(64, 64)).save(path)
    whole = path.read_bytes()
    if content == "truncated":
        content = whole[: len(whole) // 2]
    elif content == "broken":
        content = whole[:100] + bytes(200) + whole[300:]
    path.write_bytes(content if isinstance(content, bytes) else b"")
    with pytest.raises(DataError, match=r"image\.png") as error:
        preprocess.apply(Geometry(input_size=(32, 32), crop_pct=1.0), path)
    assert "\n" not in str(error.value)


def test_a_missing_file_is_named() -> None:
    with pytest.raises(DataError, match=r"nowhere\.jpg"):
        preprocess.apply(Geometry(input_size=(32, 32), crop_pct=1.0), Path("nowhere.jpg"))


def test_an_array_that_is_no_image_is_refused() -> None:
    with pytest.raises(DataError, match=r"\(4, 4, 7\)"):
        preprocess.apply(Geometry(input_size=(4, 4), crop_pct=1.0), np.zeros((4, 4, 7), np.uint8))


GOOD = Geometry(input_size=(4, 4), crop_pct=1.0)
PLAIN = Encoding(mean=(0.0,) * 3, std=(1.0,) * 3)


@pytest.mark.parametrize(
    ("geometry", "encoding", "message"),
    [
        ({"resize_size": 5}, {}, "give resize_size or crop_pct"),
        ({"crop_pct": None}, {}, "give resize_size or crop_pct"),
        ({"crop_pct": 0.0}, {}, "crop_pct must be more than 0"),
        ({"crop_pct": float("nan")}, {}, "crop_pct must be more than 0"),
        ({"input_size": (4, 0)}, {}, "sizes must be 1 or more"),
        ({"pad": 2}, {}, "pad must leave an image"),
        ({"pad": -1}, {}, "pad must leave an image"),
        ({"fill": 256}, {}, "fill must be from 0 to 255"),
        ({"mode": "L"}, {}, "mean has 3 of 1 channels"),
        ({}, {"mean": (0.0,)}, "mean has 1 of 3 channels"),
        ({}, {"std": (1.0, 1.0)}, "std has 2 of 3 channels"),
        ({}, {"std": (1.0, 0.0, 1.0)}, "scale and std must not be 0"),
        ({}, {"scale": 0.0}, "scale and std must not be 0"),
        ({}, {"mean": (0.0, float("inf"), 0.0)}, "mean, std and scale must be finite"),
    ],
)
def test_what_cannot_be_carried_out_is_refused(
    geometry: dict[str, Any], encoding: dict[str, Any], message: str
) -> None:
    preprocess.check(GOOD, PLAIN, "net")
    with pytest.raises(UsageError, match=f"net: geometry or encoding: {message}"):
        preprocess.check(replace(GOOD, **geometry), replace(PLAIN, **encoding), "net")


def test_an_image_that_cannot_be_resized_is_named() -> None:
    with pytest.raises(DataError, match="cannot"):
        preprocess.apply(GOOD, np.zeros((0, 5), np.uint8))


MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def test_encoding_is_bit_equal_to_torchvision() -> None:
    from torchvision.transforms import Compose, Normalize, ToTensor

    reference = Compose([ToTensor(), Normalize(MEAN, STD)])
    every = np.arange(256, dtype=np.uint8)
    pixels = np.stack([every, every[::-1], np.roll(every, 77)], axis=-1).reshape(2, 8, 16, 3)
    expected = np.stack([reference(image).numpy() for image in pixels])
    batch = preprocess.encoder(Encoding(mean=MEAN, std=STD))(pixels)
    assert batch.dtype == np.float32
    assert batch.flags.c_contiguous
    assert batch.tobytes() == expected.tobytes()


def test_channels_last_holds_the_same_values() -> None:
    pixels = noise(8, 9)[None]
    first = preprocess.encoder(Encoding(mean=MEAN, std=STD))(pixels)
    last = preprocess.encoder(Encoding(mean=MEAN, std=STD, layout="NHWC"))(pixels)
    assert last.flags.c_contiguous
    assert np.array_equal(last, first.transpose(0, 2, 3, 1))


def test_bgr_without_scale_is_that_of_keras() -> None:
    pixels = np.stack([noise(8, 9), noise(9, 8).reshape(8, 9, 3)])
    mean = (103.939, 116.779, 123.68)
    encoding = Encoding(
        mean=mean, std=(1.0, 1.0, 1.0), scale=1.0, channel_order="bgr", layout="NHWC"
    )
    expected = pixels[..., ::-1].astype(np.float32) - np.array(mean, np.float32)
    assert np.array_equal(preprocess.encoder(encoding)(pixels), expected)


def test_uint8_passes_the_pixels_through() -> None:
    pixels = noise(8, 9)[None]

    def encoded(
        layout: Literal["NCHW", "NHWC"], order: Literal["rgb", "bgr"]
    ) -> NDArray[np.float32] | NDArray[np.uint8]:
        encoding = Encoding(mean=MEAN, std=STD, layout=layout, channel_order=order, dtype="uint8")
        batch = preprocess.encoder(encoding)(pixels)
        assert batch.dtype == np.uint8
        assert batch.flags.c_contiguous
        return batch

    assert np.array_equal(encoded("NHWC", "rgb"), pixels)
    assert np.array_equal(encoded("NHWC", "bgr"), pixels[..., ::-1])
    assert np.array_equal(encoded("NCHW", "rgb"), pixels.transpose(0, 3, 1, 2))
    assert np.array_equal(encoded("NCHW", "bgr"), pixels[..., ::-1].transpose(0, 3, 1, 2))


def test_one_channel_is_encoded_with_one_mean() -> None:
    pixels = noise(28, 28, channels=1)[None, ..., None]
    batch = preprocess.encoder(Encoding(mean=(0.1307,), std=(0.3081,)))(pixels)
    value = (np.float32(pixels[0, 3, 5, 0]) / np.float32(255) - np.float32(0.1307)) / np.float32(
        0.3081
    )
    assert batch.shape == (1, 1, 28, 28)
    assert batch[0, 0, 3, 5] == value


def test_channels_that_do_not_match_are_refused() -> None:
    with pytest.raises(ModelError, match="3 means, the images 1 channel"):
        preprocess.encoder(Encoding(mean=MEAN, std=STD))(np.zeros((1, 4, 4, 1), np.uint8))


@pytest.mark.parametrize(
    ("dtype", "suffix"), [("uint16", "png"), ("int32", "tif"), ("float32", "tif")]
)
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_pixels_of_more_than_eight_bits_are_refused_not_clipped(
    tmp_path: Path, dtype: str, suffix: str, mode: Literal["RGB", "L"]
) -> None:
    path = tmp_path / f"deep.{suffix}"
    Image.fromarray(np.full((8, 8), 300, dtype)).save(path)
    geometry = Geometry(input_size=(8, 8), mode=mode, crop_pct=1.0)
    with pytest.raises(DataError, match=r"deep\..*more than 8 bits .*; convert it to 8 bits"):
        preprocess.apply(geometry, path)


@pytest.mark.parametrize(
    "geometry",
    [
        Geometry(input_size=(24, 24), crop_pct=0.75),
        Geometry(input_size=(24, 40), crop_pct=1.0, crop_mode="squash"),
        Geometry(input_size=(32, 32), resize_size=20, pad=2),
        Geometry(input_size=(36, 20), crop_pct=1.0, crop_mode="border"),
    ],
)
def test_the_classes_of_pixels_go_where_the_pixels_do(geometry: Geometry) -> None:
    classes = np.random.default_rng(0).integers(0, 3, (9, 12)).repeat(4, 0).repeat(4, 1)
    image = (80 * classes[..., None] + 20).astype(np.uint8).repeat(3, 2)
    nearest = replace(geometry, interpolation="nearest")
    pixels = preprocess.apply(nearest, image)[..., 0]
    found = preprocess.apply_to_map(geometry, classes)
    assert found.shape == geometry.input_size
    np.testing.assert_array_equal(found[pixels > 0], pixels[pixels > 0] // 80)
    assert (found[pixels == 0] == preprocess.UNKNOWN).all()
