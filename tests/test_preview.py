from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness import preview
from harness.discovery import discover
from harness.errors import UsageError
from harness.suite import ModelSpec

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness.catalog import Catalogs
    from harness.suite import Suite

    MakeSuite = Callable[..., Suite]


def test_each_contender_has_its_way_or_its_reason(tiny: Catalogs, make_suite: MakeSuite) -> None:
    suite = make_suite(
        "numpy",
        "pytorch",
        models=["tiny:net", "zoo:lenet5"],
        precisions=["fp32", "int8"],
        speed={"batch_sizes": [1, 4]},
    )
    found = {
        (each.model, each.backend, each.precision): each for each in preview.preview(suite, tiny)
    }
    assert len(found) == 8
    ours = found["tiny:net", "numpy", "fp32"]
    assert (ours.path, ours.skip, ours.batch_sizes) == (("onnx",), "", (1, 4))
    whole = ("torch-source", "torch", "structure", "onnx")
    assert found["zoo:lenet5", "numpy", "fp32"].path == whole
    assert found["zoo:lenet5", "pytorch", "fp32"].path == ("torch-source", "torch")
    assert found["tiny:net", "pytorch", "fp32"].skip == (
        "pytorch takes torch; no conversion leads there from what there is (onnx)"
    )
    assert found["zoo:lenet5", "numpy", "int8"].skip == "numpy computes in fp32, fp64, not in int8"


def test_a_model_that_is_known_not_to_be_had_is_skipped_everywhere(
    tiny: Catalogs, make_suite: MakeSuite, tmp_path: Path
) -> None:
    suite = make_suite("numpy", models=["onnx:absent.onnx"])
    (missing,) = preview.preview(suite, tiny)
    assert missing.skip == f"{tmp_path}/absent.onnx: cannot be read: No such file or directory"
    weights = ModelSpec(name="zoo:lenet5", weights="none.pth")
    assert "none.pth do not exist" in preview.refusal(weights, suite, tiny)


def test_weights_that_are_known_not_to_be_had_leave_the_next(
    make_suite: MakeSuite, tmp_path: Path
) -> None:
    path = tmp_path / "far.py"
    path.write_text(
        "import harness\n"
        "def fingerprint(request):\n"
        "    if request.weights == 'pretrained':\n"
        "        raise harness.UnavailableError('too far')\n"
        "    return ''\n"
        "@harness.hookimpl\n"
        "def harness_model_sources():\n"
        "    yield harness.ModelSource(name='far', summary='', models=lambda: ('net',),\n"
        "        fingerprint=fingerprint, fetch=None)\n"
    )
    found = discover([path])
    suite = make_suite("numpy", data="synthetic", models=["far:net"])
    assert [each.skip for each in preview.preview(suite, found)] == ["too far"]
    either = {"name": "far:net", "weights": ["pretrained", "random"]}
    suite = make_suite("numpy", data="synthetic", models=[either])
    [line] = preview.preview(suite, found)
    assert (line.weights, line.skip) == ("pretrained or random", "")


def test_a_mistake_is_raised(tiny: Catalogs, make_suite: MakeSuite) -> None:
    with pytest.raises(UsageError, match="named 'lenet6'; did you mean 'lenet5'"):
        preview.preview(make_suite("numpy", models=["zoo:lenet6"]), tiny)


def test_nothing_is_prepared(tiny: Catalogs, make_suite: MakeSuite, tmp_path: Path) -> None:
    preview.preview(make_suite("numpy"), tiny)
    assert list(tmp_path.iterdir()) == []
