from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from harness import UsageError, store, suite
from harness.discovery import discover
from harness.store import Results
from harness_lecture import report
from tests.plugins.harness_lecture.conftest import FEW, RESULTS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness import Record
    from tests.plugins.harness_lecture.conftest import Make

    Python = Callable[..., "subprocess.CompletedProcess[str]"]
    import subprocess

EXPECTED = """\
| Model | Figure | Measured | Lecture's | Difference |
|:---|:---|---:|---:|---:|
| VGG16 | Size MiB | 528 | 528 | 0 |
|  | Top-1 % | not measured | 71.3 | — |
|  | Top-5 % | not measured | 90.1 | — |
|  | Parameters | 138,357,544 | 138,357,544 | 0 |
|  | Depth | 23 | 23 | 0 |

- models: VGG16 is timm:vgg16.tv_in1k (random weights)
- the lecture's figures: published/lecture.csv
- not in this run: InceptionV3, ResNet50, Xception, InceptionResNetV2, ResNeXt50
- VGG16: Top-1 % and Top-5 % not measured: the weights are random (the hub is far)
- data: imagenet-20 test, all 20 images, sha256 f
- machine: m
- versions: numpy 1
"""
VGG16 = {"parameters_stored": 138_357_544, "size": 4 * 138_357_544, "depth_topological": 23}


def test_a_run_stands_beside_the_lectures_table(make: Make) -> None:
    records = make(
        "timm:vgg16.tv_in1k",
        figures=VGG16,
        weights="random",
        top1={"numpy": "the weights are random (the hub is far)"},
    )
    others = make("zoo:lenet5")
    found = report.render(Results(records=[*others, *records], folder=RESULTS))
    assert found == EXPECTED


@pytest.mark.parametrize(
    ("model", "label"),
    [
        ("timm:inception_resnet_v2.tf_in1k", ""),
        ("torchvision:inception_resnet_v2", ""),
        ("onnx:mine.onnx", "Inception-ResNet-v2"),
    ],
)
def test_a_model_goes_by_its_label_or_its_name(make: Make, model: str, label: str) -> None:
    records = make(model, details={"label": label} if label else {})
    found = report.render(Results(records=records, folder=RESULTS))
    assert f"\n- models: InceptionResNetV2 is {model}\n" in found


def test_the_lectures_images_go_before_more_and_more_before_fewer(make: Make) -> None:
    few = make("keras:resnet50", top1={"numpy": 5}, subset=replace(FEW, count=5, sha256="5"))
    more = make("keras:resnet50", top1={"numpy": 19})[1:]
    val = replace(FEW, dataset="imagenet", split="val", count=50_000, total=50_000, sha256="v")
    all_of_them = make("keras:resnet50", top1={"numpy": 37_450}, subset=val)[1:]
    large = replace(FEW, dataset="others", count=60_000, total=60_000, sha256="o")
    others = make("keras:resnet50", top1={"numpy": 60_000}, subset=large)[1:]

    def shown(*records: Record) -> str:
        lines = report.render(Results(records=list(records), folder=RESULTS)).splitlines()
        return next(line.split("|")[3].split()[0] for line in lines if "Top-1 %" in line)

    assert shown(*few, *more) == shown(*few[:1], *more, *few[1:]) == "95.00"
    assert shown(*few, *more, *all_of_them, *others) == "74.90"


def test_two_models_of_one_name_are_told_apart(make: Make) -> None:
    drawn = make("timm:vgg16", weights="random", top1={"numpy": "the weights are random"})
    found = report.render(
        Results(records=[*drawn, *make("timm:vgg16.tv_in1k", top1={"numpy": 15})], folder=RESULTS)
    )
    assert "\n| VGG16 (timm:vgg16 (random weights)) | Size MiB |" in found
    assert "\n| VGG16 (timm:vgg16.tv_in1k) | Size MiB |" in found
    assert "\n- VGG16 (timm:vgg16.tv_in1k): Top-1 %: 15 of 20 images right by numpy;" in found


@pytest.mark.parametrize(("name", "count"), [("lecture-table", 6), ("imagenet", 7)])
def test_the_shipped_suites_have_all_of_them(make: Make, name: str, count: int) -> None:
    shipped = suite.read(suite.find(name, discover().suites))
    records = [
        each for spec in shipped.models for each in make(spec.name, details={"label": spec.label})
    ]
    found = report.render(Results(records=records, folder=RESULTS))
    assert "not in this run" not in found
    assert found.count("| Size MiB |") == count


def test_a_model_that_was_skipped_is_in_the_run(make: Make) -> None:
    records = make(
        "onnx:mine.onnx", status="skipped", reason="it is far", details={"label": "VGG-16"}
    )
    found = report.render(Results(records=records, folder=RESULTS))
    assert "- not in this run: InceptionV3," in found
    assert "- VGG16: not measured: it is far\n" in found


def test_both_models_of_one_row_are_told(make: Make) -> None:
    records = [*make("keras:resnet50"), *make("timm:resnet50")]
    found = report.render(Results(records=records, folder=RESULTS))
    for name in ("keras:resnet50", "timm:resnet50"):
        assert f"\n| ResNet50 ({name}) | Size MiB |" in found


def test_a_run_without_any_of_the_lectures_models_is_one_line(make: Make) -> None:
    with pytest.raises(UsageError, match=r"no model of the lecture's \(VGG16, .*lecture-table$"):
        report.render(Results(records=make("zoo:lenet5"), folder=RESULTS))


def test_the_command_reads_the_folder_of_results(
    make: Make, python: Python, tmp_path: Path
) -> None:
    for record in make("timm:vgg16", figures=VGG16):
        store.append(tmp_path / "runs" / "s" / "m", record)
    command = ("harness", "report", "latest", "--format", "lecture", "--out", tmp_path)
    lacking = python(*command, folder=tmp_path)
    assert lacking.returncode == 2
    assert lacking.stderr.startswith(f"harness: {tmp_path}/published/lecture.csv: No such file")
    (tmp_path / "published").symlink_to(RESULTS / "published")
    told = python(*command, folder=tmp_path)
    assert "| VGG16 | Size MiB | 528 | 528 | 0 |" in told.stdout
