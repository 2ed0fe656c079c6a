from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from harness.errors import DataError, PluginError
from harness.types import Sample
from harness_diverge import file, images, trace
from harness_diverge.comparison import Comparison, compare, scored
from harness_diverge.pairing import Answers, paired
from harness_diverge.stage import STAGES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from harness.types import Artefact
    from harness_diverge.images import Shown
    from harness_diverge.stage import Stage, Step

    Compared = Callable[..., Comparison]

OWN = """
from PIL import Image
def decode(path):
    return Image.open(path).convert("RGB")
def resize(image):
    height, width = image.shape[:2]
    size = (int(16 * width / height), 16) if height <= width else (16, int(16 * height / width))
    return Image.fromarray(image).resize(size, Image.Resampling.BILINEAR)
def crop(image):
    top, left = (round((each - 16) / 2) for each in image.shape[:2])
    return image[top : top + 16, left : left + 16]
def encode(image):
    scaled = image.astype(np.float32) / 255
    return ((scaled - np.float32(0.5)) / np.float32(0.25)).transpose(2, 0, 1)
"""
"""What the tiny model's own chain does, written by hand."""


def parting(found: Comparison) -> list[str]:
    return [row.stage for row in found.rows if row.parts]


def test_identical_chains_have_no_difference_bit_for_bit(compared: Compared) -> None:
    for found in (compared(), compared(OWN)):
        assert [row.stage for row in found.rows] == list(STAGES)
        assert parting(found) == []
        assert [row.step.images for row in found.rows if row.step] == [0] * 5
        assert [row.chain.largest for row in found.rows] == [0.0] * 5
        assert found.theirs == found.ours
        assert found.ours.same == found.images == 6


@pytest.mark.parametrize(
    ("stage", "text"),
    [
        ("decode", "from PIL import Image\ndef decode(p): return np.asarray(Image.open(p)) // 2"),
        ("resize", "def resize(image): return image[: 2 * 16, : 2 * 16]"),
        ("crop", "def crop(image): return image[:16, :16]"),
        ("encode", "def encode(image): return image.transpose(2, 0, 1) / 255.0"),
        ("outputs", "def outputs(batch): return np.eye(10, dtype=np.float32)[[3]]"),
    ],
)
def test_the_stage_at_which_they_part_is_named(compared: Compared, stage: str, text: str) -> None:
    found = compared(text)
    assert parting(found) == [stage]
    at = STAGES.index(stage)
    assert [row.chain.images > 0 for row in found.rows[:at]] == [False] * at
    assert found.rows[at].how == "chain.py"
    assert found.rows[at].alone == found.theirs


@pytest.mark.parametrize(
    ("setting", "stage"),
    [
        ("geometry.interpolation=nearest", "resize"),
        ("geometry.crop_pct=0.5", "resize"),
        ("encoding.channel_order=bgr", "encode"),
        ("encoding.scale=1", "encode"),
    ],
)
def test_a_key_makes_its_stage_part(compared: Compared, setting: str, stage: str) -> None:
    found = compared("", setting)
    assert parting(found) == [stage]
    (row,) = (row for row in found.rows if row.parts)
    key, _, value = setting.partition(".")[2].partition("=")
    assert row.how.startswith(f"{key}={value}")


def test_each_stage_has_its_own_cost_beside_that_of_all(compared: Compared) -> None:
    crop, encode = "def crop(image): return image[:16, :16]", "encoding.scale=1"
    both = compared(crop, encode)
    rows = {row.stage: row for row in both.rows}
    assert parting(both) == ["crop", "encode"]
    assert rows["crop"].alone == compared(crop).theirs
    assert rows["encode"].alone == compared("", encode).theirs
    assert rows["crop"].alone != rows["encode"].alone
    assert (rows["decode"].alone, rows["outputs"].alone) == (both.ours, both.ours)


def test_differences_are_in_levels_by_themselves_and_so_far(compared: Compared) -> None:
    brighter = "from PIL import Image\ndef decode(p): return np.maximum(Image.open(p), 4) - 4"
    found = compared(brighter, "geometry.interpolation=nearest")
    decode, resize = found.rows[:2]
    assert decode.step == decode.chain
    assert decode.step is not None
    assert decode.step.largest == 4
    assert 3.5 < (decode.step.mean or 0) < 4
    assert resize.step is not None
    assert resize.step != resize.chain


def test_chains_that_come_together_again_are_told_from_those_that_do_not(
    compared: Compared,
) -> None:
    flip = "from PIL import Image\ndef decode(p): return np.asarray(Image.open(p))[..., ::-1]\n"
    found = compared(flip, "encoding.channel_order=bgr")
    assert parting(found) == ["decode", "encode"]
    assert not found.rows[3].apart
    assert found.theirs == found.ours
    assert found.rows[0].cause is not None
    assert found.rows[0].cause.name == "A's in the order BGR"


def test_a_stage_that_cannot_stand_in_a_alone_says_why(compared: Compared) -> None:
    fused = "def resize(image): return image[:16, :16]\ndef crop(image):\n"
    refuse = "    if image.shape[:2] != (16, 16): raise ValueError('not 16')\n    return image"
    crop = compared(fused + refuse).rows[2]
    assert (crop.alone, crop.step, crop.parts) == (None, None, True)
    assert crop.impossible == "chain.py: crop: ValueError: not 16"


def test_what_the_rest_of_a_cannot_take_is_told(compared: Compared) -> None:
    text = "def crop(image): return image[:8, :8]\ndef encode(image): return np.zeros((3, 16, 16))"
    refusing = "def outputs(batch): return np.zeros((1, 10)) + batch[:, 0, 9, 9]"
    found = compared(f"{text}\n{refusing}")
    assert found.rows[2].step is not None
    assert found.rows[2].step.sizes == "16 x 16 x 3 in A, 8 x 8 x 3 in B"
    assert found.rows[2].step.mean is None


def test_a_whole_chain_is_compared_where_it_ends(compared: Compared) -> None:
    calls = "\ndef preprocess(path): return _e(_c(np.asarray(_r(np.asarray(_d(path))))))[None]"
    hidden = OWN
    for name in STAGES[:4]:
        hidden = hidden.replace(f"def {name}(", f"def _{name[0]}(")
    same = compared(hidden + calls)
    assert [row.stage for row in same.rows] == ["encode", "outputs"]
    assert parting(same) == []
    other = compared(hidden.replace("BILINEAR", "BICUBIC") + calls)
    assert parting(other) == ["encode"]
    assert other.rows[0].cause is not None
    assert other.rows[0].cause.name == "A's, resized bicubic with antialiasing, as Pillow's"
    assert other.rows[0].cause.largest == 0


def test_they_may_write_into_what_they_are_given(compared: Compared) -> None:
    text = "def encode(image):\n    image[:] = 0\n    return image.transpose(2, 0, 1).astype('f4')"
    found = compared(text)
    assert found.ours == compared().ours
    assert found.rows[2].chain.images == 0


def test_an_image_that_a_cannot_read_is_left_out(
    compared: Compared, noise: Shown, tmp_path: Path
) -> None:
    torn, whole = tmp_path / "torn.png", tmp_path / "whole.png"
    torn.write_bytes(b"no image")
    Image.fromarray(np.full((20, 20, 3), 9, np.uint8)).save(whole)
    files = [Sample(id=each.stem, image=each, target=0) for each in (torn, whole)]
    found = compared("", "encoding.scale=1", shown=replace(noise, samples=files, targets=[0, 1]))
    assert found.images == 1
    assert found.unreadable["torn"].startswith(f"cannot decode {torn}: ")
    with pytest.raises(DataError, match="none of 1 image can be read; cannot decode"):
        compared(shown=replace(noise, samples=files[:1], targets=[0]))


def test_what_their_code_raises_names_file_stage_and_image(compared: Compared) -> None:
    with pytest.raises(PluginError, match=r"^chain.py: resize: KeyError: 'x' \(image noise-0\)$"):
        compared("def resize(image): return {}['x']")


def test_an_image_that_b_alone_cannot_take_is_not_one_that_a_cannot_read(
    tiny_artefact: Artefact, outputs: Step, noise: Shown
) -> None:
    def refusing(_: object) -> NDArray[Any]:
        message = "cannot resize an image of 31 x 20"
        raise DataError(message)

    manifest = tiny_artefact.manifest
    stages = paired(manifest, file.NONE, (), Answers(ours=outputs, theirs=outputs))
    stages[1] = replace(stages[1], theirs=refusing)
    with pytest.raises(DataError, match=r"^cannot resize an image of 31 x 20 \(image noise-0\)$"):
        compare(stages, noise, manifest.geometry, allowed=1e-4)


def test_scores_count_what_is_lost_and_won() -> None:
    score = scored([1, 2, 3, 0], [1, 2, 0, 3], [1, 0, 0, 0])
    assert (score.same, score.right, score.lost, score.gained, score.p) == (2, 2, 1, 1, 1.0)
    assert scored([1, 2], [1, 1], None).same == 1
    assert scored([1, 2], [1, 1], None).right is None


def test_rounding_in_another_order_is_no_difference(compared: Compared) -> None:
    fused = "def encode(image): return ((image / 255.0 - 0.5) / 0.25).transpose(2, 0, 1)"
    found = compared(fused)
    assert parting(found) == []
    assert 0 < (found.rows[3].chain.largest or 0) < 1e-6


def test_what_b_shares_with_a_is_computed_once(
    tiny_artefact: Artefact, outputs: Step, noise: Shown, tmp_path: Path
) -> None:
    calls: list[str] = []
    manifest = tiny_artefact.manifest
    settings = ("encoding.scale=1",)
    stages = paired(manifest, file.NONE, settings, Answers(ours=outputs, theirs=outputs))

    def counting(stage: Stage) -> Stage:
        def ours(value: Any) -> NDArray[Any]:  # noqa: ANN401 - what any step takes
            calls.append(stage.name)
            return stage.ours(value)

        return replace(stage, ours=ours, theirs=ours if not stage.how else stage.theirs)

    counted = [counting(each) for each in stages]
    ours = trace.walk(counted, images.file(noise.samples[0], manifest.geometry, tmp_path / "0.png"))
    calls.clear()
    trace.trace(counted, ours)
    assert calls == ["outputs"] * 2  # after B's encoding, in B's chain and in A with it
