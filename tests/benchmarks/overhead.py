"""What does the harness cost? Against a ten-line script in the same rounds, and around nothing.

Run it with `make benchmark NAME=overhead`; the last line is JSON. `onnxruntime_ratio`: images/s
of ONNX Runtime through the harness over those of the script, ResNet-18 at batch 8, the geometric
mean over rounds in which both had a turn. `null_us`: microseconds that a call takes in the
worker's loop around a backend that does nothing, the median of 10,000, clock and all.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from harness import environment, feed, prepare, protocol, stats
from harness.discovery import discover
from harness.process import Child
from harness.subset import Images
from tests.benchmarks.session import NOISE, RESNET18, timed

if TYPE_CHECKING:
    from harness.process import ReplyT
    from harness.protocol import Command

BATCH, ROUNDS, CALLS = 8, 20, 10_000
QUIET_SECONDS = 0.2
"""For the script's threads to come to rest, as the harness sees to with its own."""
SCRIPT = """
import sys, time, numpy, onnxruntime
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = int(sys.argv[3])
session = onnxruntime.InferenceSession(sys.argv[1], options, providers=["CPUExecutionProvider"])
batch, name = numpy.load(sys.argv[2]), session.get_inputs()[0].name
for line in sys.stdin:
    for calls in 3, int(line):
        begin = time.perf_counter()
        for _ in range(calls): session.run(None, {name: batch})
    print(calls * len(batch) / (time.perf_counter() - begin), flush=True)
"""


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rates = interleaved(folder)
        (null,) = timed(
            folder,
            backends=["null"],
            speed={"batch_sizes": [1], "rounds": 1, "round_seconds": 0, "round_calls": CALLS},
        )
    ratio = stats.paired_ratio([ours for ours, _ in rates], [theirs for _, theirs in rates])
    found = {
        "onnxruntime_ratio": ratio.value,
        "onnxruntime_ratio_low": ratio.low,
        "onnxruntime_ratio_high": ratio.high,
        "null_us": null.details["wall_ns"][0] / null.details["round_calls"][0] / 1000,
    }
    sys.stdout.write(json.dumps(found) + "\n")


def interleaved(folder: Path) -> list[tuple[float, float]]:
    """Return images/s through the harness and by the script, round by round.

    The script has its turn right after the harness's own, in which it makes as many calls.
    """
    rates: list[tuple[float, float]] = []
    backends: dict[int, str] = {}
    ask = Child.ask
    process = script(folder)

    def watched(
        child: Child, command: Command, reply: type[ReplyT], timeout: float | None
    ) -> ReplyT:
        answer = ask(child, command, reply, timeout)
        if isinstance(command, protocol.Open):
            backends[child.process.pid] = command.backend
        if isinstance(answer, protocol.Turned) and child.process.pid in backends:
            ours = BATCH * answer.calls / answer.wall_ns * 1e9
            rates.append((ours, turn(process, answer.calls)))
        return answer

    Child.ask = watched  # type: ignore[method-assign, assignment]
    with process:
        timed(
            folder,
            backends=["onnxruntime"],
            speed={"batch_sizes": [BATCH], "rounds": ROUNDS, "processes": 1, "round_seconds": 1.0},
        )
        process.terminate()
    Child.ask = ask  # type: ignore[method-assign]
    return rates


def script(folder: Path) -> subprocess.Popen[str]:
    """Start the script on the file that the harness measures and on a batch of its feed."""
    catalogs = discover()
    artefact = prepare.model(RESNET18, Path(), catalogs, oracle="numpy")
    decoded, _ = prepare.images(NOISE, artefact.manifest.geometry, catalogs)
    batch = next(feed.encoded(Images.read(decoded), artefact.manifest, BATCH))
    np.save(folder / "batch.npy", batch)
    arguments = [artefact.path("onnx"), folder / "batch.npy", environment.cores()]
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def turn(process: subprocess.Popen[str], calls: int) -> float:
    """Let the script make so many calls and return its images/s."""
    if process.stdin is None or process.stdout is None:
        raise BrokenPipeError
    process.stdin.write(f"{calls}\n")
    process.stdin.flush()
    rate = float(process.stdout.readline())
    time.sleep(QUIET_SECONDS)
    return rate


if __name__ == "__main__":
    main()
