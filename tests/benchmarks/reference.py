"""How fast is the NumPy reference? Beside ONNX Runtime and beside ONNX's own reference.

Run it with `make benchmark NAME=reference`; the last line is JSON. `vs_onnxruntime` and
`vs_onnx_reference`: images/s of backend numpy over theirs at batch 8, from the rounds that both
had a turn in, by model; on the top level that of ResNet-18. `memory_vs_onnxruntime`: its highest
resident set over theirs on VGG-16 at batch 8.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness import rounds
from harness.suite import ModelSpec
from tests.benchmarks.session import timed

if TYPE_CHECKING:
    from harness.types import Record

PLUGINS = (Path(__file__).with_name("onnx_reference.py"),)
LARGEST = "timm:vgg16"
MODELS = (
    "timm:resnet18",
    "timm:resnet50",
    "timm:mobilenetv3_large_100",
    LARGEST,
    "timm:densenet121",
)
BATCH = 8
FAST = {"batch_sizes": [BATCH], "rounds": 12, "processes": 4}
SLOW = {"batch_sizes": [BATCH], "rounds": 2, "processes": 1, "round_calls": 1, "warmup_seconds": 0}
"""A call of `onnx.reference` takes seconds."""


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fast = {model: against(folder, model, "onnxruntime", FAST) for model in MODELS}
        slow = {model: against(folder, model, "onnx_reference", SLOW) for model in MODELS}
        memory = timed(
            folder,
            models=[ModelSpec(name=LARGEST, weights="random")],
            backends=["numpy", "onnxruntime"],
            kinds=["memory"],
            speed={"batch_sizes": [BATCH]},
        )
    peaks = {each.job.contender.backend: peak(each) for each in memory}
    found = {
        "vs_onnxruntime": fast[MODELS[0]]["ratio"],
        "vs_onnx_reference": slow[MODELS[0]]["ratio"],
        "memory_vs_onnxruntime": peaks["numpy"] / peaks["onnxruntime"],
        "by_model": {
            model: {"vs_onnxruntime": fast[model], "vs_onnx_reference": slow[model]}
            for model in MODELS
        },
    }
    sys.stdout.write(json.dumps(found) + "\n")


def against(folder: Path, model: str, other: str, speed: dict[str, Any]) -> dict[str, float | None]:
    """Return images/s of numpy over another backend's, with the ends of its interval."""
    ours, theirs = timed(
        folder,
        plugins=PLUGINS,
        models=[ModelSpec(name=model, weights="random")],
        backends=["numpy", other],
        speed=speed,
    )
    found = rounds.ratio(ours, theirs)
    if found is None:
        message = f"{model}: {ours.reason or theirs.reason}"
        raise RuntimeError(message)
    estimate = found.estimate
    return {"ratio": estimate.value, "low": estimate.low, "high": estimate.high}


def peak(record: Record) -> float:
    """Return a record's highest resident set in bytes."""
    (value,) = [each.value for each in record.measurements if each.name == "memory_peak"]
    if value is None:
        raise RuntimeError(record.reason)
    return value


if __name__ == "__main__":
    main()
