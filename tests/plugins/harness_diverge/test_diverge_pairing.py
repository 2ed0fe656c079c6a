from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from harness.errors import UsageError
from harness_diverge import file, keys
from harness_diverge.pairing import Answers, paired

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.types import Artefact
    from harness_diverge.file import File
    from harness_diverge.stage import Stage, Step

    Paired = Callable[..., list[Stage]]


@pytest.fixture
def pair(tiny_artefact: Artefact, outputs: Step, written: Callable[[str], File]) -> Paired:
    def make(*settings: str, text: str = "", how: str = "") -> list[Stage]:
        answers = Answers(ours=outputs, theirs=outputs, how=how)
        theirs = written(text) if text else file.NONE
        return paired(tiny_artefact.manifest, theirs, settings, answers)

    return make


def test_what_is_not_stated_is_the_very_same_step(pair: Paired) -> None:
    stages = pair("geometry.interpolation=lanczos", text="def encode(image): ...")
    same = {stage.name: stage.theirs is stage.ours for stage in stages}
    assert same == {
        "decode": True,
        "resize": False,
        "crop": True,
        "encode": False,
        "outputs": True,
    }
    assert [stage.how for stage in stages] == [
        "",
        "interpolation=lanczos (A: bilinear)",
        "",
        "chain.py",
        "",
    ]


def test_a_key_of_two_stages_changes_both(pair: Paired) -> None:
    stages = pair("geometry.input_size=[8, 8]")
    assert [stage.name for stage in stages if stage.how] == ["resize", "crop"]


def test_a_resize_size_takes_the_place_of_crop_pct(tiny_artefact: Artefact) -> None:
    manifest = tiny_artefact.manifest
    stated = keys.stated(manifest, ["geometry.resize_size=20"])
    assert (stated.geometry.resize_size, stated.geometry.crop_pct) == (20, None)
    assert keys.changed(manifest, stated) == {"resize_size": "resize_size=20 (A: crop_pct=1.0)"}
    sized = replace(manifest, geometry=replace(manifest.geometry, resize_size=20, crop_pct=None))
    back = keys.stated(sized, ["geometry.crop_pct=0.5"])
    assert (back.geometry.resize_size, back.geometry.crop_pct) == (None, 0.5)


def test_the_last_of_two_settings_of_a_key_counts(tiny_artefact: Artefact) -> None:
    settings = ["geometry.resize_size=20", "geometry.resize_size=4096"]
    assert keys.stated(tiny_artefact.manifest, settings).geometry.resize_size == 4096


def test_a_model_of_larger_images_keeps_its_own_size(tiny_artefact: Artefact) -> None:
    geometry = replace(tiny_artefact.manifest.geometry, input_size=(5000, 5000))
    manifest = replace(tiny_artefact.manifest, geometry=geometry)
    assert keys.stated(manifest, []).geometry == geometry


def test_every_key_of_geometry_and_encoding_has_a_stage(tiny_artefact: Artefact) -> None:
    from harness import decode

    known = set(decode.plain(tiny_artefact.manifest.geometry)) | keys.OF_STAGE["encode"]
    assert known == set.union(*keys.OF_STAGE.values())


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("encoding.channel_ordr=bgr", "--set: unknown key 'encoding.channel_ordr'; did you mean"),
        ("speed.rounds=5", "--set: unknown key 'speed'; known: encoding, geometry"),
        (
            "geometry.interpolation=cubic",
            "--set: 'geometry.interpolation' is 'cubic'; did you mean 'bicubic'?",
        ),
        ("encoding.layout=HWC", "'encoding.layout' is 'HWC'; did you mean 'NHWC'?"),
        ("encoding.channel_order=x", "'encoding.channel_order' is 'x'; known: bgr, rgb"),
        ("encoding.dtype=7", "--set: Expected `str`, got `int` - at `encoding.dtype`"),
        ("geometry=7", "--set: Expected `object`, got `int` - at `geometry`"),
        ("geometry.crop_pct=5", "crop_pct must be more than 0 and at most 4, as in 0.875"),
        (
            "geometry.input_size=[100000, 100000]",
            "--set: geometry makes images of more than 4,096 pixels a side; the model takes 16 x",
        ),
        ("geometry.resize_size=[16, 100000]", "--set: geometry makes images of more than 4,096"),
        ("geometry.resize_size=100000", "--set: geometry makes images of more than 4,096 pixels"),
        ("geometry.crop_pct=0.001", "--set: geometry makes images of more than 4,096 pixels"),
        ("encoding.scale=0", "--set: geometry or encoding: scale and std must not be 0"),
    ],
)
def test_a_key_that_does_not_exist_or_fit_is_refused(pair: Paired, setting: str, said: str) -> None:
    with pytest.raises(UsageError) as raised:
        pair(setting)
    assert said in str(raised.value)


@pytest.mark.parametrize(
    ("setting", "text", "how", "said"),
    [
        ("crop_pct=0.5", "def resize(i): ...", "", "--set crop_pct: chain.py does resize itself"),
        ("crop_pct=0.5", "def preprocess(i): ...", "", "--set crop_pct: chain.py does resize"),
        ("pad=1", "def outputs(b): ...", "numpy", "chain.py gives the outputs itself; leave out"),
    ],
)
def test_what_is_stated_twice_is_refused(
    pair: Paired, setting: str, text: str, how: str, said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        pair(f"geometry.{setting}", text=text, how=how)
