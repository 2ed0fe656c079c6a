from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from harness.errors import ModelError, UnavailableError, UsageError
from harness.session import LoadOptions
from harness.testing import sample_batch, tiny_model
from harness_diverge import answers

if TYPE_CHECKING:
    from pathlib import Path

    from harness.catalog import Catalogs
    from harness.types import Artefact


def test_a_backend_answers_one_image(tiny: Catalogs, tiny_artefact: Artefact) -> None:
    (image,) = sample_batch(tiny_artefact, 1)
    numpy, onnxruntime = (
        answers.session(tiny_artefact, tiny.backends[name])(image)
        for name in ("numpy", "onnxruntime")
    )
    assert numpy.shape == (10,)
    assert np.allclose(numpy, onnxruntime, rtol=1e-4, atol=1e-5)


def test_onnx_runtime_is_the_usual_backend_where_it_is_there(tiny: Catalogs) -> None:
    assert answers.backend(None, tiny).name == "onnxruntime"
    assert answers.backend("numpy", tiny).name == "numpy"
    gone = replace(tiny.backends["onnxruntime"], requires=("nothing_like_it",))
    offers = tiny.backends.offers | {"onnxruntime": gone}
    without = replace(tiny, backends=replace(tiny.backends, offers=offers))
    assert answers.backend(None, without).name == "numpy"


def test_a_model_of_one_batch_size_is_given_that(tiny: Catalogs, tiny_artefact: Artefact) -> None:
    manifest = tiny_artefact.manifest
    form = replace(manifest.forms["onnx"], details={"batch": 3})
    fixed = replace(tiny_artefact, manifest=replace(manifest, forms={"onnx": form}))
    sizes = []

    def session(batch: np.ndarray) -> np.ndarray:
        sizes.append(len(batch))
        return np.eye(len(batch), 10, dtype=np.float32)

    loaded = replace(
        tiny.backends["zeros"].load(fixed, LoadOptions(format="onnx")), session=session
    )
    backend = replace(tiny.backends["zeros"], load=lambda *_: loaded)
    assert answers.session(fixed, backend)(sample_batch(fixed, 1)[0]).argmax() == 0
    assert sizes == [3]


def test_another_file_answers_instead(
    tiny: Catalogs, tiny_artefact: Artefact, tmp_path: Path
) -> None:
    copy = tiny_model(tmp_path).path("onnx")
    asked = answers.of_file(tiny_artefact, copy)
    assert asked.path("onnx") == copy
    (image,) = sample_batch(tiny_artefact, 1)
    ours, theirs = (
        answers.session(each, tiny.backends["numpy"])(image) for each in (tiny_artefact, asked)
    )
    assert np.array_equal(ours, theirs)
    with pytest.raises(UsageError, match=r"--onnx .*nowhere.onnx does not exist"):
        answers.of_file(tiny_artefact, tmp_path / "nowhere.onnx")


def test_a_backend_that_cannot_have_the_model_says_so(
    tiny: Catalogs, tiny_artefact: Artefact
) -> None:
    with pytest.raises(UnavailableError, match="pytorch takes torch; the model has onnx, struct"):
        answers.session(tiny_artefact, tiny.backends["pytorch"])


@pytest.mark.parametrize(
    ("shape", "said"),
    [
        ((3, 9, 9), "cannot take float32 (1, 3, 9, 9): the model was made for 16 x 16"),
        ((4, 16, 16), "cannot take float32 (1, 4, 16, 16): "),
    ],
)
def test_an_input_that_an_engine_cannot_take_is_one_line(
    tiny: Catalogs, tiny_artefact: Artefact, shape: tuple[int, ...], said: str
) -> None:
    step = answers.session(tiny_artefact, tiny.backends["onnxruntime"])
    with pytest.raises(ModelError) as raised:
        step(np.zeros(shape, np.float32))
    assert str(raised.value).startswith(f"onnxruntime {said}")
    assert "\n" not in str(raised.value)


def test_a_control_does_not_answer(tiny: Catalogs) -> None:
    with pytest.raises(UsageError, match=r"'null' is a control: .*; take one of .*numpy"):
        answers.backend("null", tiny)


def test_answers_that_are_not_finite_are_refused(tiny: Catalogs, tiny_artefact: Artefact) -> None:
    zeros = tiny.backends["zeros"]
    loaded = replace(
        zeros.load(tiny_artefact, LoadOptions(format="onnx")),
        session=lambda batch: np.full((len(batch), 10), np.nan, np.float32),
    )
    backend = replace(zeros, load=lambda *_: loaded)
    with pytest.raises(ModelError, match="zeros gives outputs that are not finite"):
        answers.session(tiny_artefact, backend)(np.zeros((3, 16, 16), "f4"))


def test_answers_of_another_shape_are_refused(tiny: Catalogs, tiny_artefact: Artefact) -> None:
    with pytest.raises(ModelError, match="where floats of shape"):
        answers.session(tiny_artefact, tiny.backends["shorten"])(np.zeros((3, 16, 16), "f4"))
