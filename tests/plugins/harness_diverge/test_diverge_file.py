from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from harness.errors import HarnessError, PluginError, UsageError
from harness_diverge import file

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.types import Artefact
    from harness_diverge.file import File


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        (None, UsageError, "chain.py does not exist"),
        ("def resise(x): return x", UsageError, "defines no stage; define at least one function"),
        ("import nothing_like_it", PluginError, "chain.py is broken: ModuleNotFoundError: No mod"),
        ("def decode(", PluginError, "chain.py is broken: SyntaxError: "),
        ("raise SystemExit(3)", PluginError, "chain.py is broken: SystemExit: 3"),
        ("raise GeneratorExit", PluginError, "chain.py is broken: GeneratorExit"),
        ("from cv2 import resize", UsageError, "defines no stage"),
        ("crop = 224", UsageError, "defines no stage"),
        (
            "def preprocess(p): ...\ndef crop(i): ...",
            UsageError,
            "defines preprocess, which is all of crop; keep one or the other",
        ),
    ],
)
def test_a_file_that_cannot_be_used_says_why(
    tmp_path: Path, text: str | None, kind: type[HarnessError], said: str
) -> None:
    path = tmp_path / "chain.py"
    if text is not None:
        path.write_text(text)
    with pytest.raises(kind) as raised:
        file.read(path)
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


IMAGE = np.zeros((20, 20, 3), np.uint8)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("def resize(image): return None", "chain.py: resize: gives None, not an array of numbers"),
        ("def resize(image): return image[0, 0]", "resize: gives uint8 (3,), not an image H x W"),
        (
            "def resize(image): return np.full((4, 4, 3), 0.5)",
            "resize: gives values from 0 to 1; until encode, levels go from 0 to 255",
        ),
        (
            "def encode(image): return image",
            "encode: gives uint8 (20, 20, 3), the model takes float32 (3, 16, 16)",
        ),
        (
            "def encode(image): return np.full((3, 9, 9), np.nan)",
            "gives values that are not finite",
        ),
        (
            "def outputs(batch): return np.zeros((1, 11))",
            "outputs: gives float64 (1, 11) for one image, floats of shape (1, 10) were due",
        ),
        ("def crop(image): raise OSError('a\\nb')", "chain.py: crop: OSError: a b"),
        ("def crop(image): raise SystemExit(0)", "chain.py: crop: SystemExit: 0"),
        ("def crop(image): raise BaseException('x')", "chain.py: crop: BaseException: x"),
        (
            "def resize(image): return np.where(image, 9, np.nan)",
            "chain.py: resize: gives values that are not finite",
        ),
        (
            "def encode(image): return np.full((3, 9, 9), 1e300)",
            "chain.py: encode: gives values that are not finite",
        ),
        (
            "def outputs(batch): return np.full((1, 10), np.inf)",
            "chain.py: outputs: gives values that are not finite",
        ),
    ],
)
def test_a_step_that_does_not_fit_says_how(
    written: Callable[[str], File], tiny_artefact: Artefact, text: str, said: str
) -> None:
    (step,) = file.steps(written(text), tiny_artefact.manifest).values()
    with pytest.raises(PluginError) as raised:
        step(IMAGE)
    assert said in str(raised.value)


def test_an_interruption_is_no_error_of_the_chain(
    written: Callable[[str], File], tiny_artefact: Artefact
) -> None:
    text = "def crop(image): raise KeyboardInterrupt"
    (step,) = file.steps(written(text), tiny_artefact.manifest).values()
    with pytest.raises(KeyboardInterrupt):
        step(IMAGE)


def test_what_is_imported_is_no_stage_and_what_is_made_there_is_one(
    written: Callable[[str], File],
) -> None:
    text = (
        "from functools import partial\n"
        "from cv2 import resize\n"
        "from torchvision.transforms.functional import crop\n"
        "from torch.nn import Identity as outputs\n"
        "decode = partial(np.zeros, (4, 4, 3))\n"
        "encode = lambda image: image\n"
    )
    assert set(written(text).functions) == {"decode", "encode"}


def test_what_a_chain_prints_goes_to_stderr(
    written: Callable[[str], File],
    tiny_artefact: Artefact,
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = "print('read')\ndef crop(image):\n    print('cut')\n    return image"
    (step,) = file.steps(written(text), tiny_artefact.manifest).values()
    step(IMAGE)
    assert capsys.readouterr() == ("", "read\ncut\n")


def test_steps_take_and_give_what_the_model_takes(
    written: Callable[[str], File], tiny_artefact: Artefact
) -> None:
    text = (
        "from PIL import Image\n"
        "def decode(path): return np.full((2, 3), len(path.removesuffix('x')))\n"
        "def resize(image): return Image.fromarray(image)\n"
        "def encode(image): return np.ones((1, 3, 16, 16))\n"
        "def outputs(batch): return batch[:, 0, :1, :10].sum(axis=1)\n"
    )
    steps: dict[str, Any] = file.steps(written(text), tiny_artefact.manifest)
    assert steps["decode"](Path("abcx")).tolist() == [[[3]] * 3] * 2
    assert np.array_equal(steps["resize"](IMAGE), IMAGE)
    encoded = steps["encode"](IMAGE)
    assert (encoded.shape, encoded.dtype) == ((3, 16, 16), np.float32)
    assert steps["outputs"](encoded).tolist() == [1.0] * 10


def test_a_file_may_hold_what_looks_its_own_module_up(written: Callable[[str], File]) -> None:
    path = written("def crop(image): return image").name
    assert path == "chain.py"
    text = (
        "from dataclasses import dataclass\n"
        "@dataclass\n"
        "class Crop:\n"
        "    side: 'int' = 16\n"
        "    def __call__(self, image): return image[: self.side, : self.side]\n"
        "crop = Crop()\n"
    )
    assert set(written(text).functions) == {"crop"}
