from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

import harness
from harness import gpu, measure
from harness.testing import claims, contract

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness.catalog import Catalogs
    from harness.testing import Check

    Spoilt = Callable[..., harness.Backend]

PLUGIN = """
import harness
{top}
def load(artefact, options):
    import wave

@harness.hookimpl
def harness_backends():
    yield harness.Backend(
        name="mine", summary="", load=load, formats=("onnx",), requires=("wave", "chunk.stream")
    )
"""


def asked(backend: harness.Backend, artefact: harness.Artefact, name: str) -> Check:
    (found,) = [each for each in contract(backend, artefact) if each.name == name]
    return found


@pytest.mark.parametrize(
    ("top", "grade", "detail"),
    [
        ("", "pass", "wave, chunk.stream not imported"),
        ("print('[false, ')", "pass", "wave, chunk.stream not imported"),
        ("import wave", "fail", "finding plugins imports wave"),
        ("import no_engine", "fail", "finding plugins ends with: harness.errors.PluginError: "),
    ],
)
def test_a_plugin_may_not_import_its_engine(
    tmp_path: Path, top: str, grade: str, detail: str
) -> None:
    file = tmp_path / "mine.py"
    file.write_text(PLUGIN.format(top=top))
    backend = harness.Backend(
        name="mine",
        summary="",
        load=lambda _artefact, _options: pytest.fail("nobody loads"),
        formats=("onnx",),
        requires=("wave", "chunk.stream"),
    )
    found = claims.imports_no_engine(backend, [file])
    assert found[0] == grade
    assert found[1].startswith(detail)
    nobody = claims.imports_no_engine(backend, [])
    assert nobody == (
        "not applicable",
        "no plugin that is installed or named in `files` offers mine",
    )


def test_a_plugin_that_is_never_found_is_said(
    tiny: Catalogs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "PATIENCE", 0.001)
    found = claims.imports_no_engine(tiny.backends["onnxruntime"], [])
    assert found == ("fail", "finding plugins takes longer than 0.001 s")


def test_without_an_engine_there_is_nothing_to_import(tiny: Catalogs) -> None:
    found = claims.imports_no_engine(tiny.backends["numpy"], [])
    assert found == ("not applicable", "it names no engine in `requires`")


@pytest.mark.parametrize(("what", "value"), [("device", "nowhere"), ("precision", "fp7")])
def test_what_nobody_has_is_refused_or_owned_up_to(
    tiny: Catalogs, artefact: harness.Artefact, spoilt: Spoilt, what: str, value: str
) -> None:
    found = asked(tiny.backends["numpy"], artefact, f"unknown {what}")
    assert found.grade == "pass"
    assert found.detail.startswith(f"refused: no {what} of backend numpy named '{value}'")
    said = {"device": "cpu", "precision": "fp32"}
    found = asked(spoilt(tiny.backends["zeros"], **said), artefact, f"unknown {what}")
    wanted = f"asked for {what} '{value}', goes on with '{said[what]}' and says so"
    assert (found.grade, found.detail) == ("degraded", wanted)
    found = asked(tiny.backends["zeros"], artefact, f"unknown {what}")
    wanted = f"claims {what} '{value}', which does not exist"
    assert (found.grade, found.detail) == ("fail", wanted)


@pytest.mark.parametrize(
    ("says", "detail"),
    [
        ({"device": "cuda"}, "asked for cpu and fp32, says cuda and fp32"),
        ({"precision": "fp16"}, "asked for cpu and fp32, says cpu and fp16"),
        ({"threads": 64}, "asked for 1 threads, says 64"),
        ({"threads": 0}, "asked for 1 threads, says 0"),
    ],
)
def test_lies_are_named(
    tiny: Catalogs,
    artefact: harness.Artefact,
    spoilt: Spoilt,
    says: dict[str, str | int],
    detail: str,
) -> None:
    found = asked(spoilt(tiny.backends["numpy"], **says), artefact, "actual")
    assert (found.grade, found.detail) == ("fail", detail)


def test_more_cores_than_threads_are_seen(
    tiny: Catalogs, artefact: harness.Artefact, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measure, "cpu_clock", lambda: 3 * time.perf_counter_ns())
    found = asked(tiny.backends["numpy"], artefact, "actual")
    assert (found.grade, found.detail) == ("fail", "3.0 cores are busy where it says 1 threads")


def test_a_claimed_gpu_must_be_open(
    tiny: Catalogs,
    artefact: harness.Artefact,
    spoilt: Spoilt,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    on_cpu = spoilt(tiny.backends["numpy"], device="cuda")

    def load(artefact: harness.Artefact, options: harness.LoadOptions) -> harness.Loaded:
        return on_cpu.load(artefact, replace(options, device="cpu"))

    backend = replace(on_cpu, load=load, devices=frozenset({"cuda"}))
    monkeypatch.setattr(gpu, "holds_gpu", lambda _pid: False)
    found = asked(backend, artefact, "actual")
    assert (found.grade, found.detail) == ("fail", "says cuda, but its process has no GPU open")
