from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

import harness
from harness.testing import broken_promises, contract
from harness.testing.contract import NAMES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from harness.catalog import Catalogs
    from harness.testing import Check

    Spoilt = Callable[..., harness.Backend]

AFTER_SHAPES = {
    "batch of one",
    "asked again",
    "input untouched",
    "outputs kept",
    "concurrent use",
    "actual",
}


def by_name(checks: Iterator[Check]) -> dict[str, Check]:
    return {each.name: each for each in checks}


@pytest.mark.parametrize("name", ["numpy", "onnxruntime"])
def test_an_honest_backend_breaks_no_promise(
    tiny: Catalogs, artefact: harness.Artefact, name: str
) -> None:
    oracle = tiny.backends["numpy"]
    found = by_name(contract(tiny.backends[name], artefact, reference=oracle))
    assert {each.level for each in found.values()} == {"contract"}
    assert {each.name: each.detail for each in found.values() if each.grade == "fail"} == {}
    asked = {each.name for each in found.values() if each.grade == "pass"}
    assert asked >= {"loads", "shapes and types", "right answers"} | AFTER_SHAPES - {
        "concurrent use"
    }
    assert found["concurrent use"].grade == "not applicable"


def test_what_rests_on_the_shapes_is_not_asked_without_them(
    tiny: Catalogs, artefact: harness.Artefact, spoilt: Spoilt
) -> None:
    short = spoilt(tiny.backends["numpy"], lambda session: lambda batch: session(batch)[1:])
    found = by_name(contract(short, artefact))
    assert {found[name].grade for name in AFTER_SHAPES} == {"not applicable"}
    assert found["unknown device"].grade == "pass"


def test_a_backend_without_its_engine_or_a_fitting_format_is_not_asked(
    tiny: Catalogs, artefact: harness.Artefact
) -> None:
    numpy = tiny.backends["numpy"]
    asked = [each.name for each in contract(numpy, artefact)]
    for backend, why in (
        (tiny.backends["pytorch"], "takes torch; the model has onnx, structure"),
        (replace(numpy, requires=("no_engine",)), "no_engine not installed"),
        (replace(numpy, missing_device=lambda device: f"no {device} here"), "no cpu here"),
    ):
        found = list(contract(backend, artefact))
        assert [each.name for each in found] == asked
        assert {(each.grade, each.detail) for each in found} == {("not applicable", why)}
        assert broken_promises(backend, artefact) == [why]


@pytest.mark.parametrize(
    ("error", "grade", "detail"),
    [
        (harness.ModelError("node 3 is unknown"), "fail", "node 3 is unknown"),
        (SystemExit(3), "fail", "SystemExit: 3"),
        (harness.UnavailableError("no licence"), "not applicable", "no licence"),
    ],
)
def test_a_model_that_does_not_load_ends_the_questions(
    tiny: Catalogs, artefact: harness.Artefact, error: BaseException, grade: str, detail: str
) -> None:
    def load(*_given: object) -> harness.Loaded:
        raise error

    backend = replace(tiny.backends["numpy"], load=load)
    found = by_name(contract(backend, artefact))
    assert (found["loads"].grade, found["loads"].detail) == (grade, detail)
    assert {found[name].grade for name in AFTER_SHAPES | {"shapes and types"}} == {"not applicable"}
    assert [each.removeprefix("loads: ") for each in broken_promises(backend, artefact)] == [detail]


@pytest.mark.parametrize(
    ("answer", "detail"),
    [
        (None, "`load` returns None, not harness.Loaded"),
        (len, "`load` returns a builtin_function_or_method, not harness.Loaded"),
        (
            harness.Loaded(session=np.asarray, actual=None),  # type: ignore[arg-type]
            "`actual` is None, not harness.Actual",
        ),
    ],
)
def test_what_is_no_loaded_model_does_not_load(
    tiny: Catalogs, artefact: harness.Artefact, answer: object, detail: str
) -> None:
    backend = replace(tiny.backends["numpy"], load=lambda *_: answer)  # type: ignore[arg-type]
    found = by_name(contract(backend, artefact))
    assert (found["loads"].grade, found["loads"].detail) == ("fail", detail)
    assert found["shapes and types"].grade == "not applicable"


def test_plugin_files_are_handed_on(
    tiny: Catalogs, artefact: harness.Artefact, tmp_path: Path
) -> None:
    backend = replace(tiny.backends["numpy"], name="mine", requires=("wave",))
    file = tmp_path / "mine.py"
    file.write_text(
        "import wave\nimport harness\n@harness.hookimpl\ndef harness_backends():\n"
        "    yield harness.Backend(name='mine', summary='', load=wave.open, formats=('onnx',))\n"
    )
    found = broken_promises(backend, artefact, files=[file])
    assert found == ["imports no engine: finding plugins imports wave"]


def test_some_promises_can_be_asked_alone(tiny: Catalogs, artefact: harness.Artefact) -> None:
    numpy = tiny.backends["numpy"]
    found = list(contract(numpy, artefact, reference=numpy))
    assert tuple(each.name for each in found) == NAMES
    for names in (NAMES[4:], NAMES[:1], ("asked again",)):
        alone = list(contract(numpy, artefact, reference=numpy, names=names))
        assert [(each.name, each.grade) for each in alone] == [
            (each.name, each.grade) for each in found if each.name in names
        ]
        absent = replace(numpy, requires=("no_engine",))
        asked = contract(absent, artefact, reference=numpy, names=names)
        assert tuple(each.name for each in asked) == names


def test_it_is_asked_on_a_device_in_a_precision_and_held_to_that(
    tiny: Catalogs, artefact: harness.Artefact, spoilt: Spoilt
) -> None:
    numpy = tiny.backends["numpy"]

    def load(artefact: harness.Artefact, options: harness.LoadOptions) -> harness.Loaded:
        loaded = numpy.load(artefact, replace(options, device="cpu", precision="fp32"))
        actual = replace(loaded.actual, device=options.device, precision=options.precision)
        return replace(loaded, actual=actual)

    devices, precisions = frozenset({"cpu", "npu"}), frozenset({"fp16", "fp32"})
    rough = spoilt(
        replace(numpy, load=load, devices=devices, precisions=precisions),
        lambda session: lambda batch: session(batch) * np.float32(1.01),
    )
    for precision, grade in (("fp16", "pass"), ("fp32", "fail")):
        found = by_name(
            contract(rough, artefact, reference=numpy, device="npu", precision=precision)
        )
        assert found["actual"].detail.startswith(f"npu, {precision}, 1 threads")
        assert found["right answers"].grade == grade
        broken = broken_promises(
            rough, artefact, reference=numpy, device="npu", precision=precision
        )
        assert any(each.startswith("right answers") for each in broken) == (grade == "fail")
