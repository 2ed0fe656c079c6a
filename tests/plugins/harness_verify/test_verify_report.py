from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from harness.testing import Check
from harness_verify.report import FORMATS, text
from harness_verify.verdict import Graded, Verdict

if TYPE_CHECKING:
    import pytest

CHECKS = (
    Check(level="contract", name="loads · tiny", grade="pass", detail="onnx, cpu, fp32"),
    Check(level="operators", name="Add", grade="degraded", detail="refused: [red] a | b <c>"),
    Check(level="operators", name="And", grade="not applicable", detail="no floats"),
    Check(level="operators", name="Or", grade="not applicable", detail="no floats"),
    Check(
        level="architectures",
        name="timm:vgg16",
        grade="fail",
        detail="off by 0.5, over 0.0001",
        figures={"difference": 0.5},
        located="Conv node /conv (2 of 9): 1e-07 before, 0.5 after",
    ),
    Check(
        level="weights",
        name="zoo:lenet5",
        grade="pass",
        detail="100 of 100 right, the oracle 100; off by 3e-07",
        figures={"difference": 3e-7},
    ),
    Check(
        level="numerics",
        name="timm:vgg16",
        grade="fail",
        detail="off by 0.5",
        figures={"difference": 0.5, "numpy": 2e-7},
    ),
    Check(
        level="numerics",
        name="timm:resnet50",
        grade="pass",
        detail="off by 3e-07",
        figures={"difference": 3e-7, "pytorch": 4e-7},
    ),
)
FOUND = Verdict(
    backend="mine",
    version="1.0",
    device="cpu",
    precision="fp32",
    grade="fail",
    levels=(
        Graded(level="contract", grade="pass", counts={"pass": 1}),
        Graded(level="operators", grade="degraded", counts={"degraded": 1, "not applicable": 2}),
        Graded(level="architectures", grade="fail", counts={"fail": 1}),
        Graded(level="weights", grade="pass", counts={"pass": 1}),
        Graded(level="numerics", grade="fail", counts={"pass": 1, "fail": 1}),
    ),
    checks=CHECKS,
    cpu="A CPU",
    cores=2,
    versions={"harness": "0.1"},
)
TEXT = """\
mine on cpu in fp32: fail

  contract       pass      1 pass
  operators      degraded  1 degraded; 2 not applicable
  architectures  fail      1 fail
  weights        pass      1 pass
  numerics       fail      1 pass, 1 fail

What is not a pass
  fail      architectures · timm:vgg16
            off by 0.5, over 0.0001
            Conv node /conv (2 of 9): 1e-07 before, 0.5 after
  fail      numerics · timm:vgg16
            off by 0.5
  degraded  operators · Add
            refused: [red] a | b <c>

Real weights
  zoo:lenet5  pass  100 of 100 right, the oracle 100; off by 3e-07

Relative error against float64
  architecture    mine *    numpy  pytorch  grade
  timm:vgg16     5.0e-01  2.0e-07        —  fail
  timm:resnet50  3.0e-07        —  4.0e-07  pass

Not applicable
  operators  And, Or
             no floats

mine 1.0 on A CPU, 2 cores; harness 0.1
"""
MARKDOWN = r"""# mine on cpu in fp32: fail

| level | grade | checks | what it asks |
| --- | --- | --- | --- |
| contract | **pass** | 1 pass | does it keep what a backend promises |
| operators | **degraded** | 1 degraded; 2 not applicable | ONNX's own tests of every operator that a CNN can hold |
| architectures | **fail** | 1 fail | the classics with seeded weights |
| weights | **pass** | 1 pass | real weights on real images |
| numerics | **fail** | 1 pass, 1 fail | as exact as float32 allows |

## What is not a pass

| grade | level | which | what was seen |
| --- | --- | --- | --- |
| fail | architectures | timm:vgg16 | off by 0.5, over 0.0001; Conv node /conv (2 of 9): 1e-07 before, 0.5 after |
| fail | numerics | timm:vgg16 | off by 0.5 |
| degraded | operators | Add | refused: [red] a \| b \<c> |

## Real weights

| model | grade | answers |
| --- | --- | --- |
| zoo:lenet5 | pass | 100 of 100 right, the oracle 100; off by 3e-07 |

## Relative error against float64

The largest difference over the largest output; `*` is the backend verified here.

| architecture | mine * | numpy | pytorch | grade |
| --- | ---: | ---: | ---: | --- |
| timm:vgg16 | 5.0e-01 | 2.0e-07 | — | fail |
| timm:resnet50 | 3.0e-07 | — | 4.0e-07 | pass |

## Not applicable

| level | why | which |
| --- | --- | --- |
| operators | no floats | And, Or |

mine 1.0 on A CPU, 2 cores; harness 0.1.
"""  # noqa: E501 - a table's line is as long as it is


def test_as_text_in_a_narrow_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert FORMATS["text"](FOUND) == TEXT


def test_only_who_asks_for_colours_gets_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert FORMATS["text"](FOUND) == TEXT
    assert "\x1b[31mfail\x1b[0m" in text.render(FOUND, coloured=True)


def test_as_markdown() -> None:
    assert FORMATS["markdown"](FOUND) == MARKDOWN


def test_names_are_no_markup() -> None:
    name = "onnx:[/old]/x.onnx"
    named = replace(FOUND, checks=tuple(replace(each, name=name) for each in CHECKS[4:]))
    assert FORMATS["text"](named).count(name) == 5
    beside = replace(CHECKS[6], figures={"difference": 0.5, "[/mine]": 2e-7})
    assert "[/mine]" in FORMATS["text"](replace(FOUND, checks=(beside,)))


def test_as_json_it_holds_everything() -> None:
    found = json.loads(FORMATS["json"](FOUND))
    assert found["grade"] == "fail"
    assert found["levels"][1] == {
        "level": "operators",
        "grade": "degraded",
        "counts": {"degraded": 1, "not applicable": 2},
    }
    assert found["checks"][4]["located"] == CHECKS[4].located


def test_what_passes_needs_no_further_words() -> None:
    passed = replace(FOUND, grade="pass", levels=FOUND.levels[:1], checks=CHECKS[:1])
    assert FORMATS["text"](passed).split("\n\n") == [
        "mine on cpu in fp32: pass",
        "  contract  pass  1 pass",
        "mine 1.0 on A CPU, 2 cores; harness 0.1\n",
    ]


def test_a_note_stands_beneath_the_levels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    noted = replace(FOUND, note="It is [known].")
    assert "1 pass, 1 fail\n\nIt is [known].\n\nWhat is not a pass\n" in FORMATS["text"](noted)
    after = "as exact as float32 allows |\n\nIt is [known].\n\n## What is not a pass\n"
    assert after in FORMATS["markdown"](noted)


def test_what_is_incomplete_is_said() -> None:
    found = replace(
        FOUND, grade="incomplete", levels=(replace(FOUND.levels[0], grade="incomplete"),)
    )
    for kind in ("text", "markdown"):
        assert "mine on cpu in fp32: incomplete" in FORMATS[kind](found)
    assert "  contract  incomplete  1 pass" in FORMATS["text"](found)


def test_what_an_engine_says_at_length_is_cut() -> None:
    talkative = replace(FOUND, checks=(replace(CHECKS[1], detail="x" * 300),))
    assert f" {'x' * 199}… |" in FORMATS["markdown"](talkative)
    assert "x" * 300 in FORMATS["json"](talkative)
