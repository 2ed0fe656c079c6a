from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import psutil
import pytest

from harness import decode, prepare, process, protocol
from harness.process import Child, ChildError
from harness.suite import DataSpec, ModelSpec

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from harness.catalog import Catalogs
    from harness.types import Artefact

TIMEOUT = 60.0


@pytest.fixture
def artefact(tiny: Catalogs, tmp_path: Path) -> Artefact:
    return prepare.model(ModelSpec(name="tiny:net"), tmp_path, tiny, oracle="numpy")


@pytest.fixture
def child(tmp_path: Path) -> Iterator[Child]:
    with process.start("harness.worker", tmp_path / "log", 1) as started:
        yield started


def opening(tiny: Catalogs, artefact: Artefact, backend: str) -> protocol.Open:
    folder, _ = prepare.images(DataSpec(name="tiny"), artefact.manifest.geometry, tiny)
    return protocol.Open(
        files=[str(path) for path in tiny.files],
        backend=backend,
        folder=str(artefact.folder),
        options={"format": "onnx", "threads": 1},
        images=str(folder),
    )


def test_a_child_answers_and_its_prints_go_to_the_log(
    child: Child, tiny: Catalogs, artefact: Artefact, tmp_path: Path
) -> None:
    opened = child.ask(opening(tiny, artefact, "chatter"), protocol.Opened, TIMEOUT)
    assert opened.actual.device == "cpu"
    assert opened.memory_loaded > 0
    out = tmp_path / "answer.npy"
    question = protocol.Answer(rows=[0, 5, 7], batch_size=2, out=str(out))
    child.ask(question, protocol.Done, TIMEOUT)
    assert np.load(out).shape == (3, 3)
    log = (tmp_path / "log").read_text()
    assert "an engine that prints" in log
    assert "one that writes to the descriptor" in log


@pytest.mark.parametrize(
    ("backend", "status", "reason"),
    [
        ("crash", "failed", "exit code 3"),
        ("die", "killed", "SIGKILL"),
        ("exhaust", "oom", "MemoryError"),
        ("shorten", "failed", "where floats of shape"),
        ("hang", "timeout", "no answer within 0.5 s"),
    ],
)
def test_each_way_to_fail_has_its_status(  # noqa: PLR0913, PLR0917 - fixtures
    child: Child, tiny: Catalogs, artefact: Artefact, backend: str, status: str, reason: str
) -> None:
    child.ask(opening(tiny, artefact, backend), protocol.Opened, TIMEOUT)
    question = protocol.Warm(scenario="offline", batch_size=2, seconds=0.1)
    with pytest.raises(ChildError, match=reason) as error:
        child.ask(question, protocol.Warmed, 0.5 if backend == "hang" else TIMEOUT)
    assert error.value.status == status
    assert error.value.ended == (backend in {"crash", "die", "hang"})


def test_a_child_that_cannot_start_says_its_last_words(tmp_path: Path) -> None:
    with process.start("harness.nothing", tmp_path / "log", 1) as child:
        question = protocol.Peak(batch_size=1, calls=1)
        with pytest.raises(ChildError, match=r"exit code 1: .*No module named harness.nothing"):
            child.ask(question, protocol.Peaked, TIMEOUT)


def test_a_command_out_of_place_is_refused(child: Child) -> None:
    with pytest.raises(ChildError, match="Turn does not fit here"):
        child.ask(protocol.Turn(seconds=0, calls=1), protocol.Turned, TIMEOUT)


def test_a_child_ends_with_its_parent_even_when_it_hangs(
    tiny: Catalogs, artefact: Artefact, tmp_path: Path
) -> None:
    read, write = os.pipe()
    commands = [
        opening(tiny, artefact, "hang"),
        protocol.Warm(scenario="offline", batch_size=1, seconds=1),
    ]
    with (
        (tmp_path / "log").open("wb") as log,
        subprocess.Popen(
            [sys.executable, "-m", "harness.worker"],
            stdin=read,
            stdout=subprocess.PIPE,
            stderr=log,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        ) as hanging,
    ):
        os.close(read)
        for command in commands:
            os.write(write, decode.encode(command) + b"\n")
        assert hanging.stdout is not None
        assert hanging.stdout.readline()
        assert psutil.pid_exists(hanging.pid)
        os.close(write)  # as when the parent is killed
        assert hanging.wait(TIMEOUT) == 0
