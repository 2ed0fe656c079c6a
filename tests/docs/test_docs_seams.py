"""The examples of docs/plugins/, each used for real: one run needs them all."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pytest
from PIL import Image

from harness import store
from harness.discovery import discover
from harness.testing import tiny_model

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    from harness.catalog import Catalogs
    from harness.types import Measurement, Record

    Blocks = Callable[[str, str], list[str]]
    Python = Callable[..., subprocess.CompletedProcess[str]]

PAGES = (
    "model-source",
    "data-set",
    "metric",
    "scenario",
    "report-format",
    "executor",
    "command",
    "converter-and-suite",
)
CONTRARY = """
import os
import harness

def load(artefact, options):
    from onnxruntime import InferenceSession
    inner = InferenceSession(artefact.path("onnx-shapes"), providers=["CPUExecutionProvider"])
    provider = f"{len(os.sched_getaffinity(0))} core"
    return harness.Loaded(
        session=lambda batch: -inner.run(None, {"image": batch})[0],
        actual=harness.Actual(device="cpu", provider=provider, precision="fp32", threads=1),
    )

@harness.hookimpl
def harness_backends():
    yield harness.Backend(name="contrary", summary="", load=load, formats=("onnx-shapes",))
"""
SUITE = """
name = "shapes"
models = ["ours:model"]
backends = ["numpy", "contrary"]
data = { name = "ours", path = "images" }
executor = "pinned"
threads = 1
accuracy = { metrics = ["top1", "macro_recall"] }
[speed]
scenario = "every-10-ms"
batch_sizes = [1, 8]
rounds = 2
round_seconds = 0.05
warmup_seconds = 0.05
"""
COUNT = 25


class Ran(NamedTuple):
    folder: Path
    records: list[Record]
    offered: Catalogs
    options: list[str]


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory, blocks: Blocks, python: Python) -> Ran:
    folder = tmp_path_factory.mktemp("seams")
    files = [folder / "contrary.py"]
    files[0].write_text(CONTRARY)
    for page in PAGES:
        (shown,) = blocks(f"plugins/{page}.md", "python")
        files.append(folder / f"{page}.py")
        files[-1].write_text(shown)
    (folder / "models").mkdir()
    tiny_model(folder / "models")
    write_images(folder / "images")
    (folder / "shapes.toml").write_text(SUITE)
    options = [option for file in files for option in ("-p", str(file))]
    done = python("harness", *options, "run", "shapes", folder=folder)
    assert done.returncode == 8, done.stdout + done.stderr
    (found,) = folder.glob("results/runs/shapes/*")
    return Ran(found, store.read(found / "records.jsonl"), discover(files), options)


def write_images(folder: Path) -> None:
    folder.mkdir()
    rng = np.random.default_rng(0)
    classes = ["ant", *(["bee", "cat", "dog", "elk"] * COUNT)][:COUNT]
    with (folder / "labels.csv").open("w", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(["file", "class"])
        for number, name in enumerate(classes):
            pixels = rng.integers(0, 256, (16, 16, 3), np.uint8)
            Image.fromarray(pixels).save(folder / f"{number:02}.png")
            table.writerow([f"{number:02}.png", name])


def record(ran: Ran, kind: str, backend: str) -> Record:
    (found,) = [
        each
        for each in ran.records
        if (each.job.kind, each.job.contender.backend) == (kind, backend)
    ]
    return found


def measured(found: Record, name: str) -> Measurement:
    (one,) = [each for each in found.measurements if each.name == name]
    return one


def test_every_page_is_tried(blocks: Blocks) -> None:
    folder = Path(__file__).parent.parent.parent / "docs" / "plugins"
    assert {path.stem for path in folder.iterdir()} == set(PAGES)
    assert all(len(blocks(f"plugins/{page}.md", "python")) == 1 for page in PAGES)


def test_the_source_gives_a_model_that_is_right(ran: Ran) -> None:
    found = record(ran, "accuracy", "numpy")
    assert (found.status, found.job.case.model) == ("ok", "ours:model")
    assert list(ran.offered.model_sources["ours"].models()) == ["model"]


def test_the_data_set_gives_every_image(ran: Ran) -> None:
    subset = record(ran, "accuracy", "numpy").job.case.subset
    assert subset is not None
    assert (subset.dataset, subset.count, subset.classes) == ("ours", COUNT, 10)


def test_the_metric_averages_over_classes(ran: Ran) -> None:
    found = measured(record(ran, "accuracy", "numpy"), "macro_recall")
    assert found.n == COUNT
    metric = ran.offered.metrics["macro_recall"]
    outputs, targets = np.eye(3)[[0, 0, 0, 1]], np.array([0, 0, 0, 2])
    state = metric.update(metric.init(), outputs[:2], targets[:2], ["a", "b"])
    other = metric.update(metric.init(), outputs[2:], targets[2:], ["c", "d"])
    assert metric.finish(metric.merge(state, other), 0).value == pytest.approx(50)
    assert metric.finish(state, 1).value is None


def test_the_scenario_keeps_its_rate(ran: Ran) -> None:
    found = record(ran, "speed", "numpy")
    assert (found.status, found.job.case.batch_size) == ("ok", 1)
    with np.load(ran.folder / found.files["samples"]) as samples:
        assert len(samples["latency"]) >= 10


def test_a_request_of_the_scenario_that_waits_for_the_last_is_late(ran: Ran) -> None:
    import harness

    now = iter(range(0, 10**9, 25_000_000))  # every look at the clock is 25 ms later
    drive = ran.offered.scenarios["every-10-ms"].drive
    latencies = drive(lambda: None, lambda: next(now), harness.Bounds(seconds=0, calls=3))
    assert list(latencies) == [50_000_000, 90_000_000, 130_000_000]


def test_the_format_writes_the_table(ran: Ran, python: Python, tmp_path: Path) -> None:
    written = python(
        "harness", *ran.options, "report", ran.folder, "--format", "tsv", folder=tmp_path
    )
    header, *rows = csv.reader(written.stdout.splitlines(), delimiter="\t")
    assert header[:2] == ["Model", "Backend"]
    assert [row[:2] for row in rows] == [["ours:model", "numpy"], ["ours:model", "contrary"]]


def test_the_executor_pins_the_processes(ran: Ran) -> None:
    actual = record(ran, "accuracy", "contrary").actual
    assert actual is not None
    assert actual.provider == "1 core"


def test_the_command_names_the_images(ran: Ran, python: Python, tmp_path: Path) -> None:
    command = ("harness", *ran.options, "disagree", ran.folder)
    shown = python(*command, "numpy", "contrary", folder=tmp_path)
    assert shown.returncode == 0, shown.stderr
    assert len(shown.stdout.splitlines()) == COUNT
    assert all(one != other for _, one, other in map(str.split, shown.stdout.splitlines()))
    same = python(*command, "numpy", "numpy", folder=tmp_path)
    assert (same.returncode, same.stdout) == (0, "")
    unknown = python(*command, "numpy", "nobody", folder=tmp_path)
    assert unknown.returncode == 2
    assert unknown.stderr == "harness: no predictions of 'nobody'; known: ['contrary', 'numpy']\n"


def test_the_converter_serves_the_backend(ran: Ran, tmp_path: Path) -> None:
    import onnx

    found = record(ran, "accuracy", "contrary")
    assert (found.status, found.job.contender.format) == ("wrong", "onnx-shapes")
    assert "differs from the oracle by 2" in found.reason
    model = tiny_model(tmp_path)
    step = ran.offered.converters["onnx-to-onnx-shapes"]
    made = step.convert(model.manifest.forms["onnx"], tmp_path)
    known = {each.name for each in onnx.load(tmp_path / made.file).graph.value_info}
    assert {"convolved", "halved", "flat"} <= known
