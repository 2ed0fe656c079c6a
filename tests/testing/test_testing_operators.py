from __future__ import annotations

import errno
import os
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

import harness
from harness.testing import operators

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness.catalog import Catalogs
    from harness.session import Batch, Outputs
    from harness.testing import Check

    Answer = Callable[[Batch], Outputs]
    Spoilt = Callable[..., harness.Backend]


def one(backend: harness.Backend, folder: Path, name: str, *skip: str) -> Check:
    (found,) = operators(backend, folder, names=[name], skip=skip)
    return found


def raising(session: Answer) -> Answer:
    def run(batch: Batch) -> Outputs:
        message = f"no {len(session(batch))} rows"
        raise RuntimeError(message)

    return run


def test_an_honest_backend_is_right(tiny: Catalogs, tmp_path: Path) -> None:
    asked = ["Relu", "Add", "Split", "Where", "Celu", "LayerNormalization"]
    for backend in (
        tiny.backends["numpy"],
        replace(tiny.backends["numpy"], formats=("structure",)),
        tiny.backends["onnxruntime"],
    ):
        found = list(operators(backend, tmp_path, names=asked))
        assert [(each.level, each.name) for each in found] == [("operators", x) for x in asked]
        for each in found:
            cases = each.figures["cases"]
            assert cases > 0
            assert (each.grade, each.detail) == ("pass", f"{cases} cases")
            assert each.figures["passed"] == cases


def test_a_wrong_answer_names_case_and_cell(tiny: Catalogs, tmp_path: Path, spoilt: Spoilt) -> None:
    def clipped(session: Answer) -> Answer:
        return lambda batch: np.minimum(session(batch), 2)

    found = one(spoilt(tiny.backends["numpy"], clipped), tmp_path, "Relu")
    assert (found.grade, found.figures["passed"]) == ("fail", 0)
    assert "of 60 cells, 2 where 2.27 is right" in found.detail
    assert found.detail.startswith("1 of 1 cases wrong: test_relu: ")


def test_nothing_is_told_as_such(tiny: Catalogs, tmp_path: Path, spoilt: Spoilt) -> None:
    found = one(spoilt(tiny.backends["numpy"], lambda _: lambda _: None), tmp_path, "Relu")
    wanted = "1 of 1 cases wrong: test_relu: answers a NoneType, not an array"
    assert (found.grade, found.detail) == ("fail", wanted)


def test_a_full_disk_is_no_refusal(
    tiny: Catalogs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import onnx

    def save(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(onnx, "save", save)
    with pytest.raises(harness.StorageError, match="temporary file: No space left on device"):
        one(tiny.backends["numpy"], tmp_path, "Relu")


def test_every_float_output_is_asked_for(tiny: Catalogs, tmp_path: Path) -> None:
    numpy = tiny.backends["numpy"]

    def load(artefact: harness.Artefact, options: harness.LoadOptions) -> harness.Loaded:
        loaded = numpy.load(artefact, options)
        assert callable(loaded.session)
        session, last = loaded.session, artefact.manifest.output == "output_2"
        return replace(loaded, session=lambda batch: session(batch) + last)

    found = one(replace(numpy, load=load), tmp_path, "Split")
    assert found.grade == "fail"
    topk = one(numpy, tmp_path, "TopK")  # its indices are no floats
    assert topk.grade == "pass"


def test_a_refusal_is_degraded_and_says_why(tiny: Catalogs, tmp_path: Path, spoilt: Spoilt) -> None:
    found = one(spoilt(tiny.backends["numpy"], raising), tmp_path, "Relu")
    assert (found.grade, found.figures) == ("degraded", {"cases": 1, "passed": 0})
    assert found.detail == "1 of 1 cases refused: test_relu: RuntimeError: no 3 rows"

    def load(artefact: harness.Artefact, options: harness.LoadOptions) -> harness.Loaded:
        message = f"{artefact.path(options.format)} is beyond us"
        raise harness.ModelError(message)

    found = one(replace(tiny.backends["numpy"], load=load), tmp_path, "Relu")
    assert found.grade == "degraded"
    assert found.detail == "1 of 1 cases refused: test_relu: test_relu/model.onnx is beyond us"


def test_wrong_outweighs_refused(tiny: Catalogs, tmp_path: Path, spoilt: Spoilt) -> None:
    def flat_only(session: Answer) -> Answer:
        return lambda batch: session(batch) + 1 if batch.ndim < 3 else raising(session)(batch)

    found = one(spoilt(tiny.backends["numpy"], flat_only), tmp_path, "LeakyRelu")
    assert (found.grade, found.figures) == ("fail", {"cases": 3, "passed": 0})
    assert found.detail.startswith("1 of 3 cases wrong: test_leakyrelu_example: 3 of 3 cells, ")
    assert "; 2 of 3 cases refused: test_leakyrelu: RuntimeError: no 3 rows" in found.detail


def test_a_later_lack_does_not_excuse_a_wrong_answer(
    tiny: Catalogs, tmp_path: Path, spoilt: Spoilt
) -> None:
    wrong = spoilt(tiny.backends["numpy"], lambda session: lambda batch: session(batch) + 1)
    asked = []

    def load(artefact: harness.Artefact, options: harness.LoadOptions) -> harness.Loaded:
        asked.append(options)
        if len(asked) > 1:
            message = "no licence for more"
            raise harness.UnavailableError(message)
        return wrong.load(artefact, options)

    found = one(replace(wrong, load=load), tmp_path, "LeakyRelu")
    assert found.grade == "fail"
    assert found.detail.endswith("; 2 of 3 cases refused: test_leakyrelu: no licence for more")


def test_it_is_asked_on_a_device_in_a_precision_and_held_to_that(
    tiny: Catalogs, tmp_path: Path, spoilt: Spoilt
) -> None:
    numpy, told = tiny.backends["numpy"], []

    def load(artefact: harness.Artefact, options: harness.LoadOptions) -> harness.Loaded:
        told.append((options.device, options.precision))
        return numpy.load(artefact, replace(options, device="cpu", precision="fp32"))

    backend = replace(
        numpy, load=load, devices=frozenset({"npu"}), precisions=frozenset({"fp16", "fp32"})
    )
    rough = spoilt(backend, lambda session: lambda batch: session(batch) * np.float32(1.015))
    for precision, grade in (("fp16", "pass"), ("fp32", "fail")):
        (found,) = operators(rough, tmp_path, names=["Relu"], device="npu", precision=precision)
        assert found.grade == grade
        assert told.pop() == ("npu", precision)
    (found,) = operators(rough, tmp_path, names=["Relu"], device="cpu")
    assert (found.name, found.grade) == ("all", "not applicable")
    assert found.detail == "numpy runs on npu, not on cpu"


def test_what_a_session_cannot_be_asked_is_not_applicable(tiny: Catalogs, tmp_path: Path) -> None:
    numpy = tiny.backends["numpy"]
    found = one(numpy, tmp_path, "Not")
    assert found.grade == "not applicable"
    assert found.detail == "no case of it takes float32 and answers with floats"
    assert one(numpy, tmp_path, "NoSuchOperator").grade == "not applicable"
    found = one(replace(numpy, requires=("no_engine",)), tmp_path, "Relu")
    assert (found.name, found.grade) == ("all", "not applicable")
    assert found.detail == "no_engine not installed"


def test_a_backend_that_takes_no_onnx_is_not_asked(tiny: Catalogs, tmp_path: Path) -> None:
    (found,) = operators(tiny.backends["pytorch"], tmp_path)
    assert (found.name, found.grade) == ("all", "not applicable")
    assert found.detail == "takes torch; an operator alone is an ONNX file"


def test_cases_can_be_skipped(tiny: Catalogs, tmp_path: Path, spoilt: Spoilt) -> None:
    backend = spoilt(tiny.backends["numpy"], raising)
    found = one(backend, tmp_path, "LeakyRelu", "test_leakyrelu")
    assert found.figures["cases"] == 2
    assert one(backend, tmp_path, "Relu", "test_relu").grade == "not applicable"


def test_a_static_backend_is_told_the_batch(tiny: Catalogs, tmp_path: Path) -> None:
    numpy, told = tiny.backends["numpy"], []

    def load(artefact: harness.Artefact, options: harness.LoadOptions) -> harness.Loaded:
        told.append(options.batch_size)
        return numpy.load(artefact, options)

    one(replace(numpy, load=load, batching="static"), tmp_path, "Relu")
    assert told == [3]
