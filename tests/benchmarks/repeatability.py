"""How well does a ratio repeat? Ten runs of the harness against ten of one plain script an engine.

Run it with `make benchmark NAME=repeatability`; the last line is JSON. Each run takes about 30 s
and gives one ratio of latencies, ONNX Runtime's over PyTorch's, of ResNet-18 at batch 4; runs of
the two kinds alternate. `harness_rsd` and `plain_rsd`: the ratios' standard deviation over their
mean.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from harness import environment, prepare
from harness.discovery import discover
from harness.rounds import ratio
from tests.benchmarks.session import RESNET18, timed

if TYPE_CHECKING:
    from harness.types import Artefact

RUNS, BATCH, SECONDS, PROCESSES = 10, 4, 15, 6
ONNXRUNTIME = """
import sys, time, numpy, onnxruntime
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = int(sys.argv[3])
session = onnxruntime.InferenceSession(sys.argv[1], options, providers=["CPUExecutionProvider"])
name = session.get_inputs()[0].name
def call(batch): session.run(None, {name: batch})
"""
PYTORCH = """
import sys, time, numpy, safetensors.torch, timm, torch
torch.set_num_threads(int(sys.argv[3]))
model = timm.create_model("resnet18").eval()
model.load_state_dict(safetensors.torch.load_file(sys.argv[1]))
def call(batch):
    with torch.inference_mode(): model(torch.from_numpy(batch)).numpy()
"""
LOOP = f"""
batch = numpy.random.default_rng(0).random(({BATCH}, 3, 224, 224), numpy.float32)
for _ in range(10): call(batch)
calls, begin = 0, time.perf_counter()
while time.perf_counter() - begin < float(sys.argv[2]): call(batch); calls += 1
print((time.perf_counter() - begin) / calls)
"""


def main() -> None:
    """Measure and print."""
    artefact = prepare.model(RESNET18, Path(), discover(), oracle="numpy")
    ours, plain = [], []
    for _ in range(RUNS):
        ours.append(through_the_harness())
        plain.append(by_scripts(artefact))
    table = Table("run", "harness", "scripts", title="ONNX Runtime / PyTorch")
    for number, (one, other) in enumerate(zip(ours, plain, strict=True), 1):
        table.add_row(str(number), f"{one:.4f}", f"{other:.4f}")
    Console().print(table)
    found = {"harness_rsd": deviation(ours), "plain_rsd": deviation(plain)}
    sys.stdout.write(json.dumps(found) + "\n")


def through_the_harness() -> float:
    """Return the ratio of one run: six processes of each, which take 30 s with loading."""
    with tempfile.TemporaryDirectory() as folder:
        records = timed(
            Path(folder),
            backends=["pytorch", "onnxruntime"],
            speed={
                "batch_sizes": [BATCH],
                "rounds": PROCESSES,
                "processes": PROCESSES,
                "round_seconds": 0.3,
            },
        )
    by_name = {record.job.contender.backend: record for record in records}
    found = ratio(by_name["pytorch"], by_name["onnxruntime"])
    if found is None:
        raise ValueError(records)
    return found.estimate.value


def by_scripts(artefact: Artefact) -> float:
    """Return the ratio of two plain scripts, one after the other, 15 s each."""
    pytorch = script(PYTORCH, artefact.path("torch"))
    return script(ONNXRUNTIME, artefact.path("onnx")) / pytorch


def script(engine: str, model: Path) -> float:
    """Return a script's mean seconds a call."""
    done = subprocess.run(
        [sys.executable, "-c", engine + LOOP, model, str(SECONDS), str(environment.cores())],
        capture_output=True,
        check=True,
        text=True,
    )
    return float(done.stdout)


def deviation(ratios: list[float]) -> float:
    """Return the standard deviation over the mean."""
    return statistics.stdev(ratios) / statistics.mean(ratios)


if __name__ == "__main__":
    main()
