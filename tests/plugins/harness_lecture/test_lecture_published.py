from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pytest

from harness import UsageError
from harness_lecture import published

if TYPE_CHECKING:
    from pathlib import Path

from tests.plugins.harness_lecture.conftest import RESULTS

FOLDER = RESULTS / "published"
HEADER = [
    "model", "input_size", "crop_pct", "interpolation", "top1", "top5", "parameters", "size_mib",
    "gmacs", "depth", "source",
]  # fmt: skip


@pytest.mark.parametrize("name", ["keras", "lecture", "timm", "torchvision"])
def test_each_row_is_one_model_with_plain_figures_and_a_source(name: str) -> None:
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        lines = csv.DictReader(stream)
        rows = list(lines)
    assert lines.fieldnames == HEADER
    assert rows
    for row in rows:
        assert row["source"]
        assert not set(row["model"]) & set(" /,")
        assert 50 < float(row["top1"]) < float(row["top5"]) < 100
        for whole in ("input_size", "parameters", "depth"):
            assert not row[whole] or int(row[whole]) > 0
        for part in ("crop_pct", "size_mib", "gmacs"):
            assert not row[part] or float(row[part]) > 0
    told = {(row["model"], row["input_size"], row["source"]) for row in rows}
    assert len(told) == len(rows)


def test_the_lectures_table_is_the_lectures() -> None:
    rows = published.rows(RESULTS)
    assert {each.model: (each.parameters, each.size_mib, each.depth) for each in rows} == {
        "VGG16": (138_357_544, 528, 23),
        "InceptionV3": (23_851_784, 92, 159),
        "ResNet50": (25_636_712, 98, None),
        "Xception": (22_910_480, 88, 126),
        "InceptionResNetV2": (55_873_736, 215, 572),
        "ResNeXt50": (25_097_128, 96, None),
    }
    assert {each.model: (each.top1, each.top5) for each in rows} == {
        "VGG16": (71.3, 90.1),
        "InceptionV3": (77.9, 93.7),
        "ResNet50": (74.9, 92.1),
        "Xception": (79.0, 94.5),
        "InceptionResNetV2": (80.3, 95.3),
        "ResNeXt50": (77.7, 93.8),
    }


def test_a_folder_without_the_figures_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"lecture\.csv: No such file .* --out names$"):
        published.rows(tmp_path)


HEAD = b"model,top1,top5,parameters,size_mib,depth,source\n"
GOOD = b"A,8,9,1,1,,here\n"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (HEAD + GOOD + b"B,many,9,1,1,,here\n", r":3: Expected `float`, got `str` - at `top1`$"),
        (HEAD + GOOD + b"B,8,nan,1,1,,here\n", r":3: top5 is nan, no percentage$"),
        (HEAD + b"B,-8,9,1,1,,here\n", r":2: top1 is -8\.0, no percentage$"),
        (HEAD + b"B,8,9,138,357,544,1,,here\n", r":2: more cells than the first line names$"),
        (HEAD + b"B,8,9\n", r":2: Expected `int`, got `null` - at `parameters`$"),
        (HEAD, r": it holds no model; take results/published from the repository again$"),
        (b"", r": its first line names no model, top1, top5, parameters, .*, source; take"),
        (b"model,top1,top5,parameters,size_mib,source\n", r": its first line names no depth; take"),
        (b"\x89PNG\r\n\xff", r": not CSV: 'utf-8' codec can't decode"),
        (HEAD + b"B" * 200_000, r": not CSV: field larger than field limit"),
    ],
)
def test_a_damaged_table_is_one_line(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / published.FILE
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(UsageError, match=rf"lecture\.csv{message}"):
        published.rows(tmp_path)


def test_a_depth_that_is_not_told_is_none(tmp_path: Path) -> None:
    path = tmp_path / published.FILE
    path.parent.mkdir()
    path.write_bytes(HEAD + GOOD)
    [row] = published.rows(tmp_path)
    assert (row.model, row.top1, row.depth) == ("A", 8.0, None)
